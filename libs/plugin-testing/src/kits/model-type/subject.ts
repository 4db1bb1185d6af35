import type { BroughtModel, ModelType, Table, TableColumn, Task, TrainedModel, TrainingInput, TrainingReport } from '@crisol/plugin-api';
import { ensure } from '../../contract.js';
import { start, type PluginSubject } from '../common.js';

/** A model type to try. @public @since 1.0 */
export interface ModelTypeSubject extends PluginSubject {
  /** Parameters that make a training of 120 rows quick; the defaults when left out. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** An artifact that `bring` takes, and what it is; for the capability `bring`. @since 1.1 */
  readonly brought?: {
    readonly files: Readonly<Record<string, Uint8Array>>;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly expected: Pick<BroughtModel, 'task' | 'labels'>;
  };
}

export const ROWS = 120;
/** A report that nobody reads. @public @since 1.1 */
export const silentReport: TrainingReport = {
  progress: () => undefined,
  metric: () => undefined,
  log: () => undefined,
  saveCheckpoint: () => Promise.resolve(),
};
export const never = (): AbortSignal => new AbortController().signal;

/** A small table with every column type, missing values in each, and a target that depends on two of them. @public @since 1.0 */
export function aTrainingInput(task: Task, params: unknown, rows = ROWS): TrainingInput<unknown> {
  const size = Float64Array.from({ length: rows }, (_, i) => (i % 17 === 0 ? NaN : ((i * 37) % 100) / 10));
  const codes = Int32Array.from({ length: rows }, (_, i) => (i % 23 === 0 ? -1 : i % 3));
  const columns: TableColumn[] = [
    { name: 'size', type: 'number', values: size },
    { name: 'count', type: 'integer', values: Float64Array.from({ length: rows }, (_, i) => (i % 19 === 0 ? NaN : (i * 7) % 11)) },
    { name: 'open', type: 'boolean', values: Float64Array.from({ length: rows }, (_, i) => (i % 29 === 0 ? NaN : i % 2)) },
    { name: 'day', type: 'date', values: Float64Array.from({ length: rows }, (_, i) => (i % 31 === 0 ? NaN : 20_000 + i)) },
    { name: 'colour', type: 'text', codes, levels: ['red', 'green', 'blue'] },
  ];
  const score = Float64Array.from({ length: rows }, (_, i) => (Number.isNaN(size[i] ?? NaN) ? 5 : (size[i] ?? 0)) + 2 * (codes[i] ?? 0));
  const labels: string[] = task === 'binary' ? ['no', 'yes'] : task === 'multiclass' ? ['low', 'middle', 'high'] : [];
  return { task, table: { rows, columns }, target: targetOf(task, score, labels), labels, params, seed: 7, checkpoint: null };
}

function targetOf(task: Task, score: Float64Array, labels: readonly string[]): TableColumn | null {
  if (task === 'anomaly' || task === 'clustering') return null;
  if (task === 'regression') return { name: 'target', type: 'number', values: score };
  const cut = task === 'binary' ? 9 : 5;
  const codes = Int32Array.from(score, (value) => Math.min(labels.length - 1, Math.max(0, Math.floor(value / cut))));
  return { name: 'target', type: 'text', codes, levels: labels };
}

/** The same input with a text column of `levels` values. */
export function aWideTrainingInput(task: Task, params: unknown, rows: number, levels: number): TrainingInput<unknown> {
  const input = aTrainingInput(task, params, rows);
  const names = Array.from({ length: levels }, (_, i) => `city ${i}`);
  const city: TableColumn = {
    name: 'city',
    type: 'text',
    codes: Int32Array.from({ length: rows }, (_, i) => (i * 31) % levels),
    levels: names,
  };
  return { ...input, table: { rows, columns: [...input.table.columns, city] } };
}

/** The same input with a column that has no value at all. */
export function anInputWithAnEmptyColumn(task: Task, params: unknown): TrainingInput<unknown> {
  const input = aTrainingInput(task, params);
  const empty: TableColumn = { name: 'nothing', type: 'number', values: new Float64Array(ROWS).fill(NaN) };
  return { ...input, table: { rows: ROWS, columns: [...input.table.columns, empty] } };
}

/** A fresh instance of the subject's model type, and its parameters. */
export function open(subject: ModelTypeSubject): { modelType: ModelType; params: unknown } {
  const modelType = start(subject).provided.modelTypes?.[0];
  ensure(modelType !== undefined, 'setup brings no model type.');
  return { modelType, params: modelType.params.parse(subject.params ?? {}) };
}
export const train = (modelType: ModelType, input: TrainingInput<unknown>, report = silentReport): Promise<TrainedModel> =>
  modelType.train(input, report, never());

/** Tries something for each task that the model type declares. */
export async function forEachTask(
  subject: ModelTypeSubject,
  attempt: (task: Task, modelType: ModelType, params: unknown) => Promise<void>,
): Promise<void> {
  const { modelType, params } = open(subject);
  for (const task of modelType.tasks) await attempt(task, modelType, params);
}

/** Tries something for the first task. */
export async function forOneTask(
  subject: ModelTypeSubject,
  attempt: (task: Task, modelType: ModelType, params: unknown) => Promise<void>,
): Promise<void> {
  const { modelType, params } = open(subject);
  const [task] = modelType.tasks;
  if (task) await attempt(task, modelType, params);
}

/** A table of one row of a table. */
export function oneRow(table: Table, row: number): Table {
  return {
    rows: 1,
    columns: table.columns.map((column) =>
      column.type === 'text'
        ? { ...column, codes: column.codes.slice(row, row + 1) }
        : { ...column, values: column.values.slice(row, row + 1) },
    ),
  };
}
