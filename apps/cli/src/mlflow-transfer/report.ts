import { facts } from '../output.js';

export const kinds = [
  'experiments',
  'runs',
  'metricPoints',
  'loggedModels',
  'artifacts',
  'registeredModels',
  'modelVersions',
  'aliases',
] as const;
export type Kind = (typeof kinds)[number];

export interface Skipped {
  readonly what: string;
  readonly why: string;
}
export interface TransferReport {
  readonly source: string;
  readonly target: string;
  /** What this run wrote. */
  readonly copied: Readonly<Record<Kind, number>>;
  /** What an earlier run had written already. */
  readonly present: Readonly<Record<Kind, number>>;
  readonly bytes: number;
  /** What was left out on purpose. */
  readonly skipped: readonly Skipped[];
  /** What could not be copied. */
  readonly failed: readonly Skipped[];
  readonly seconds: number;
}

const none = (): Record<Kind, number> => ({
  experiments: 0,
  runs: 0,
  metricPoints: 0,
  loggedModels: 0,
  artifacts: 0,
  registeredModels: 0,
  modelVersions: 0,
  aliases: 0,
});

/** Counts while a copy goes on. */
export class Tally {
  readonly copied = none();
  readonly present = none();
  bytes = 0;
  readonly skipped: Skipped[] = [];
  readonly failed: Skipped[] = [];
  private readonly started = performance.now();

  skip(what: string, why: string): void {
    this.skipped.push({ what, why });
  }

  fail(what: string, error: unknown): void {
    this.failed.push({ what, why: error instanceof Error ? error.message : String(error) });
  }

  report(source: string, target: string): TransferReport {
    const seconds = Math.round((performance.now() - this.started) / 100) / 10;
    const { copied, present, bytes, skipped, failed } = this;
    return { source, target, copied, present, bytes, skipped, failed, seconds };
  }
}

const labels: Record<Kind, string> = {
  experiments: 'experiments',
  runs: 'runs',
  metricPoints: 'metric points',
  loggedModels: 'logged models',
  artifacts: 'artifact files',
  registeredModels: 'registered models',
  modelVersions: 'model versions',
  aliases: 'aliases',
};

export function reportText(report: TransferReport): string {
  const there = (kind: Kind) => (report.present[kind] > 0 ? `, ${report.present[kind]} there already` : '');
  const lines = [
    facts([
      ['from', report.source],
      ['to', report.target],
      ...kinds.map((kind) => [labels[kind], `${report.copied[kind]} copied${there(kind)}`] as const),
      ['bytes', String(report.bytes)],
      ['seconds', String(report.seconds)],
    ]),
  ];
  for (const [title, list] of [
    ['Left out:', report.skipped],
    ['Failed:', report.failed],
  ] as const)
    if (list.length > 0) lines.push('', title, ...list.map(({ what, why }) => `  ${what}: ${why}`));
  return lines.join('\n');
}
