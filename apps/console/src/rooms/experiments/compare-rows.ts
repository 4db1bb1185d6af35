import type { Run } from '@crisol/contracts';
import { isBetter } from '../../shared/ui/key-metrics';
import { numberOf } from './run-columns';

export type CompareKind = 'params' | 'metrics' | 'tags' | 'inputs';
export interface CompareRow {
  readonly kind: CompareKind;
  readonly name: string;
  readonly values: readonly (string | number | null)[];
  readonly differs: boolean;
  /** The run whose value is the best, of metrics where one is alone with it. */
  readonly best: number | null;
}

function row(kind: CompareKind, name: string, values: readonly (string | number | null)[]): CompareRow {
  const [first, ...rest] = values;
  return { kind, name, values, differs: rest.some((value) => value !== first), best: kind === 'metrics' ? bestOf(name, values) : null };
}

/** By the name of the metric, as everywhere in the console: less is better for losses, more for all else. */
function bestOf(name: string, values: readonly (string | number | null)[]): number | null {
  const numbers = values.map((value) => numberOf(value));
  let best: number | null = null;
  let tie = false;
  numbers.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) return;
    const before = best === null ? null : (numbers[best] ?? null);
    if (before === null || isBetter(name, value - before)) {
      best = index;
      tie = false;
    } else if (value === before) tie = true;
  });
  return tie || numbers.filter((value) => value !== null && Number.isFinite(value)).length < 2 ? null : best;
}

const keysOf = (records: readonly Readonly<Record<string, unknown>>[]): string[] =>
  [...new Set(records.flatMap((record) => Object.keys(record)))].toSorted();

/** What runs are made of, a row for each name and a column for each run. */
export function compareRows(runs: readonly Run[], of: 'last' | 'min' | 'max' = 'last'): CompareRow[] {
  const metrics = keysOf(runs.map((run) => run.metrics)).map((name) =>
    row(
      'metrics',
      name,
      runs.map((run) => run.metrics[name]?.[of] ?? null),
    ),
  );
  const params = keysOf(runs.map((run) => run.params)).map((name) =>
    row(
      'params',
      name,
      runs.map((run) => run.params[name] ?? null),
    ),
  );
  const tags = keysOf(runs.map((run) => run.tags))
    .filter((name) => name !== 'mlflow.note.content' && name !== 'mlflow.runName')
    .map((name) =>
      row(
        'tags',
        name,
        runs.map((run) => run.tags[name] ?? null),
      ),
    );
  const inputs = [...new Set(runs.flatMap((run) => run.inputs.map((input) => input.name)))].toSorted().map((name) =>
    row(
      'inputs',
      name,
      runs.map(
        (run) =>
          run.inputs
            .filter((input) => input.name === name)
            .map((input) => input.digest)
            .join(', ') || null,
      ),
    ),
  );
  const versions = runs.map((run) => (run.datasetVersion ? `${run.datasetVersion.dataset} v${run.datasetVersion.version}` : null));
  return [
    ...metrics,
    ...params,
    ...(versions.some((version) => version !== null) ? [row('inputs', 'datasetVersion', versions)] : []),
    ...inputs,
    ...tags,
  ];
}
