import type { Frame } from '@crisol/frame';

/** What a model predicts. */
export type Task = 'regression' | 'binary' | 'multiclass';

/** The table cannot be trained on; the message says what would be right. */
export class UnusableDataError extends Error {
  override readonly name = 'UnusableDataError';
}

/** Data of one training. `target` holds the number, or the index of the class among `classCount` classes. */
export interface TrainingData {
  readonly task: Task;
  readonly table: Frame;
  readonly target: Float64Array;
  readonly classCount: number;
  readonly seed: number;
}

/** Data of one training without a target. */
export interface UnlabelledData {
  readonly table: Frame;
  readonly seed: number;
}

/** How a learner reports back while it works; every call is cheap. */
export interface LearnerReport {
  progress(ratio: number, message: string): void;
  metric(name: string, step: number, value: number): void;
  log(level: 'info' | 'warn', message: string): void;
}

/** Importance of one input column, not negative. */
export interface ColumnImportance {
  readonly column: string;
  readonly value: number;
}

/** Lets the event loop run now and then, so that an abort can arrive, and throws once it has. */
export function createPacer(signal: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal.throwIfAborted();
    if (performance.now() - last < 100) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    last = performance.now();
    signal.throwIfAborted();
  };
}

/** Refuses a table that no learner can work on: no rows, no columns, a column named as one of the model's outputs. */
export function checkTable(table: Frame, outputs: readonly string[]): void {
  if (table.columns.length === 0) throw new UnusableDataError('There is no input column; choose at least one.');
  if (table.rows < 2) throw new UnusableDataError(`There are ${table.rows} rows; at least 2 are needed.`);
  const taken = table.columns.find((column) => outputs.includes(column.name));
  if (taken !== undefined) {
    throw new UnusableDataError(`The input column "${taken.name}" has the name of a model output; leave it out or rename it.`);
  }
}

/** The same with a target, and refuses one class, or a target that is not a number. */
export function checkTrainingData(data: TrainingData): void {
  checkTable(data.table, data.task === 'regression' ? ['prediction'] : ['label', 'probabilities']);
  if (!data.target.every((value) => Number.isFinite(value)))
    throw new UnusableDataError('The target has a value that is missing or not finite.');
  if (data.task === 'regression') return;
  if (new Set(data.target).size < 2)
    throw new UnusableDataError('The target has only one class in the training rows; at least two are needed.');
  if (data.task === 'binary' && data.classCount !== 2)
    throw new UnusableDataError(`A binary target has 2 classes, not ${data.classCount}.`);
}

/** Index of each row's class among `labels`. */
export function classIndices(
  target: { readonly codes: Int32Array; readonly levels: readonly string[] },
  labels: readonly string[],
): Float64Array {
  const positions = new Map(labels.map((label, index) => [label, index]));
  const byCode = target.levels.map((level) => positions.get(level) ?? -1);
  return Float64Array.from(target.codes, (code) => {
    const index = byCode[code] ?? -1;
    if (index < 0)
      throw new UnusableDataError(`The target value "${target.levels[code] ?? ''}" is not among the classes ${labels.join(', ')}.`);
    return index;
  });
}
