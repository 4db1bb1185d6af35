import type { Split, Task } from '@crisol/contracts';
import type { Table } from '@crisol/plugin-api';
import { holdoutOf } from './split-rows.js';
import { prepareTable, takeColumn, type TrainingTable } from './training-table.js';

export interface TestRows {
  /** Numbers of the rows in the file, ascending. */
  readonly rows: Int32Array;
  /** What is true of them; classes as codes in the order of `labels`. */
  readonly target: TrainingTable['target'];
  readonly labels: readonly string[];
}

/**
 * The rows that a training with a holdout kept out, found again from its target column and its seed.
 * @param whole - all rows of the data; only the target is needed of its columns
 * @throws UnusableTable when the data cannot have been the ones
 */
export function testRowsOf(
  whole: Table,
  made: { readonly target: string; readonly task: Task; readonly split: Extract<Split, { kind: 'holdout' }> },
): TestRows {
  const targets = whole.columns.filter(({ name }) => name === made.target);
  const numbers = Float64Array.from({ length: whole.rows }, (_, row) => row);
  // A column of row numbers goes along, since rows without a target are dropped before the split.
  const numbered = { rows: whole.rows, columns: [...targets, { name: '', type: 'number' as const, values: numbers }] };
  const data = prepareTable(numbered, made.target, made.task);
  const { test } = holdoutOf(data, made.split);
  const [kept] = data.table.columns;
  if (!kept || kept.type === 'text') throw new TypeError('The column of row numbers was lost.');
  return {
    rows: Int32Array.from(test, (row) => kept.values[row] ?? -1),
    target: takeColumn(data.target, test),
    labels: data.labels,
  };
}
