import type { ModelVersion, Run, Signature, SignatureColumn } from '@crisol/contracts';
import { bytes, dateTime, latency, list, metric } from '../../shared/i18n/format';
import { t, tMaybe } from '../../shared/i18n/messages';
import { isBetter } from '../../shared/ui/key-metrics';
import { signatureChanges } from './signature-changes';

type Values = Readonly<Record<string, number | string | null>>;
/** A version or a run as a column of the compare page. */
export interface ComparedColumn {
  readonly key: string;
  readonly label: string;
  readonly to: string;
  readonly version: ModelVersion | null;
  readonly facts: Readonly<Record<Fact, string>>;
  readonly metrics: Values;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly signature: Signature | null;
}
const facts = [
  'aliases',
  'stage',
  'state',
  'lane',
  'modelType',
  'flavors',
  'task',
  'data',
  'sourceRun',
  'size',
  'latency',
  'origin',
  'created',
  'description',
] as const;
type Fact = (typeof facts)[number];
export type RowSection = 'facts' | 'metrics' | 'params' | 'signature' | 'tags';
export interface ComparedRow {
  readonly id: string;
  readonly section: RowSection;
  readonly name: string;
  readonly cells: readonly string[];
  readonly differs: boolean;
  /** Columns whose value is the best one. */
  readonly best: readonly number[];
  /** Columns that callers of the first one would notice here. */
  readonly breaking: readonly number[];
}

const nothing = '—';
export function columnOfVersion(version: ModelVersion): ComparedColumn {
  const [oneRow] = version.admission.latency;
  return {
    key: version.id,
    label: `${version.model.name} v${version.version}`,
    to: `/models/${encodeURIComponent(version.model.name)}?tab=versions&v=${version.version}`,
    version,
    facts: {
      aliases: version.aliases.map((alias) => `@${alias}`).join(', ') || nothing,
      stage: version.stage === 'None' ? nothing : version.stage,
      state: tMaybe(`ui.state_${version.admission.state}`, version.admission.state),
      lane: version.admission.lane ?? nothing,
      modelType: version.modelType || nothing,
      flavors: version.flavors.length ? list(version.flavors) : nothing,
      task: version.task ? t(`ui.task_${version.task}`) : nothing,
      data: version.datasetVersion ? `${version.datasetVersion.dataset} v${version.datasetVersion.version}` : nothing,
      sourceRun: version.run ?? nothing,
      size: bytes(version.sizeBytes),
      latency: oneRow ? latency(oneRow.p50Ms) : nothing,
      origin: version.origin || nothing,
      created: dateTime(version.createdAt),
      description: version.description || nothing,
    },
    metrics: version.metrics,
    params: version.params,
    tags: version.tags,
    signature: version.signature,
  };
}
export function columnOfRun(run: Run): ComparedColumn {
  return {
    key: run.id,
    label: run.name || run.id,
    to: `/runs/${run.id}`,
    version: null,
    facts: {
      aliases: nothing,
      stage: nothing,
      state: tMaybe(`ui.state_${run.state}`, run.state),
      lane: nothing,
      modelType: run.params['modelType'] ?? nothing,
      flavors: nothing,
      task: nothing,
      data: run.datasetVersion ? `${run.datasetVersion.dataset} v${run.datasetVersion.version}` : nothing,
      sourceRun: run.id,
      size: nothing,
      latency: nothing,
      origin: run.user || nothing,
      created: run.startedAt ? dateTime(run.startedAt) : nothing,
      description: run.description || nothing,
    },
    metrics: Object.fromEntries(Object.entries(run.metrics).map(([name, summary]) => [name, summary.last])),
    params: run.params,
    tags: run.tags,
    signature: null,
  };
}

const differ = (cells: readonly string[]): boolean => new Set(cells).size > 1;
const namesOf = (records: readonly Readonly<Record<string, unknown>>[]): string[] => [
  ...new Set(records.flatMap((record) => Object.keys(record))),
];
const row = (section: RowSection, name: string, cells: readonly string[], more: Partial<ComparedRow> = {}): ComparedRow => ({
  id: `${section}:${name}`,
  section,
  name,
  cells,
  differs: differ(cells),
  best: [],
  breaking: [],
  ...more,
});

/** Places of the best of several values; none where they are equal or only one has it. */
export function bestOf(name: string, values: readonly (number | string | null | undefined)[]): number[] {
  const known = values.flatMap((value, index) => (typeof value === 'number' && Number.isFinite(value) ? [{ value, index }] : []));
  const [first] = known;
  if (!first || known.every((entry) => entry.value === first.value)) return [];
  const best = known.reduce((top, entry) => (isBetter(name, entry.value - top.value) ? entry : top)).value;
  return known.filter((entry) => entry.value === best).map((entry) => entry.index);
}

const inputText = (column: SignatureColumn | undefined): string => {
  if (!column) return nothing;
  const type = t(`ui.type_${column.type}`);
  return column.nullable ? type : t('comparison.mustBeGiven', { type });
};
function signatureRows(columns: readonly ComparedColumn[]): ComparedRow[] {
  if (columns.every((column) => !column.signature)) return [];
  const [base] = columns;
  const inputs = columns.map((column) => new Map((column.signature?.inputs ?? []).map((input) => [input.name, input])));
  const broken = columns.map(
    (column) =>
      new Set(
        base?.signature && column.signature
          ? signatureChanges(base.signature, column.signature).flatMap((change) => (change.breaking ? [change.column] : []))
          : [],
      ),
  );
  const places = (name: string): number[] => broken.flatMap((names, index) => (names.has(name) ? [index] : []));
  return [
    row(
      'signature',
      t('comparison.target'),
      columns.map(({ signature }) => signature?.target || nothing),
    ),
    row(
      'signature',
      t('comparison.labels'),
      columns.map(({ signature }) => signature?.labels?.join(', ') ?? nothing),
    ),
    ...[...new Set(inputs.flatMap((input) => [...input.keys()]))].map((name) =>
      row(
        'signature',
        name,
        inputs.map((input) => inputText(input.get(name))),
        { id: `input:${name}`, breaking: places(name) },
      ),
    ),
  ];
}

/** Everything that versions and runs can be told apart by, one row each. */
export function rowsOf(columns: readonly ComparedColumn[]): ComparedRow[] {
  const texts = (section: RowSection, records: readonly Readonly<Record<string, string>>[]): ComparedRow[] =>
    namesOf(records).map((name) =>
      row(
        section,
        name,
        records.map((record) => record[name] ?? nothing),
      ),
    );
  const metrics = columns.map((column) => column.metrics);
  return [
    ...namesOf(metrics).map((name) => {
      const values = metrics.map((record) => record[name]);
      return row('metrics', name, values.map(metric), { best: bestOf(name, values), differs: differ(values.map(String)) });
    }),
    ...facts
      .map((fact) =>
        row(
          'facts',
          t(`comparison.fact_${fact}`),
          columns.map((column) => column.facts[fact]),
          { id: `facts:${fact}` },
        ),
      )
      .filter((entry) => entry.cells.some((cell) => cell !== nothing)),
    ...texts(
      'params',
      columns.map((column) => column.params),
    ),
    ...signatureRows(columns),
    ...texts(
      'tags',
      columns.map((column) => column.tags),
    ),
  ];
}
