import type { ModelCard } from '@crisol/contracts';

/** The facts of a card as tables, which both of its exports write in their own way. */
export interface FactTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function overview({ facts, owner, licence, model, version }: ModelCard): (readonly [string, string])[] {
  const { trainedOn, sha256 } = facts;
  const all: (readonly [string, string])[] = [
    ['Model', `${model} v${version}`],
    ['Owner', owner],
    ['Licence', licence],
    ['Task', facts.task ?? ''],
    ['Model type', facts.modelType],
    ['Origin', facts.origin],
    [
      'Trained on',
      trainedOn ? `${trainedOn.dataset} v${trainedOn.version}${trainedOn.rows === null ? '' : `, ${trainedOn.rows} rows`}` : '',
    ],
    ['Run', facts.run ?? ''],
    ['Aliases', facts.aliases.join(', ')],
    ['Endpoints', facts.endpoints.join(', ')],
    ['Size', `${facts.sizeBytes} bytes`],
    ['SHA-256', sha256 ?? ''],
    ['Made', `${facts.createdAt} by ${facts.createdBy}`],
  ];
  return all.filter(([, value]) => value !== '');
}

/** Those that have rows. */
export function factTables({ facts }: ModelCard): FactTable[] {
  const tables: FactTable[] = [
    {
      title: 'Metrics',
      columns: ['Metric', 'Value'],
      rows: Object.entries(facts.metrics).map(([name, value]) => [name, numberText(value)]),
    },
    { title: 'Gates', columns: ['Gate', 'Verdict', 'When'], rows: facts.gates.map(({ gate, verdict, at }) => [gate, verdict, at]) },
    {
      title: 'Slices',
      columns: ['Gate', 'Slice', 'Rows', 'Value', 'Outcome'],
      rows: facts.slices.map(({ gate, slice, rows, value, passed }) => [
        gate,
        slice,
        String(rows),
        numberText(value),
        passed ? 'passed' : 'failed',
      ]),
    },
    {
      title: 'Fairness',
      columns: ['Check', 'Outcome', 'What it found'],
      rows: facts.fairness.map(({ check, outcome, message }) => [check, outcome, message]),
    },
    { title: 'Inputs', columns: ['Column', 'Type'], rows: facts.inputs.map(({ name, type }) => [name, type]) },
    { title: 'Lineage', columns: ['Kind', 'Name'], rows: facts.lineage.map(({ kind, name }) => [kind.replaceAll('_', ' '), name]) },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function numberText(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(6)));
}
