import type { Signature, SignatureColumn, Task } from '@crisol/contracts';
import type { Table, TableColumn } from '@crisol/plugin-api';

/** Levels of a text column that a signature names; the rest of a very wide column is left out. */
const mostLevels = 100;
const dayMs = 86_400_000;

/**
 * Describes what a model trained on this table takes: types, ranges, known levels, and the first row as an
 * example. What it gives is called as the target, or as the task where there is none.
 */
export function describeSignature(task: Task, table: Table, target: string, labels: readonly string[]): Signature {
  const names: Partial<Record<Task, string>> = { anomaly: 'anomaly', clustering: 'cluster' };
  const isNumber = task === 'regression' || task === 'anomaly';
  return { task, inputs: table.columns.map(describeColumn), target: names[task] ?? target, labels: isNumber ? null : [...labels] };
}

function describeColumn(column: TableColumn): SignatureColumn {
  if (column.type === 'text') {
    const counts = new Map<string, number>();
    let missing = false;
    for (const code of column.codes) {
      const level = code < 0 ? undefined : column.levels[code];
      if (level === undefined || level === '') missing = true;
      else counts.set(level, (counts.get(level) ?? 0) + 1);
    }
    const levels = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([level]) => level);
    return { name: column.name, type: 'text', nullable: missing, levels: levels.slice(0, mostLevels), example: levels[0] ?? null };
  }
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let missing = false;
  let example: number | undefined;
  for (const value of column.values) {
    if (Number.isNaN(value)) missing = true;
    else {
      example ??= value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const described = { name: column.name, type: column.type, nullable: missing };
  if (example === undefined) return { ...described, example: null };
  if (column.type === 'boolean') return { ...described, example: example === 1 };
  if (column.type === 'date') return { ...described, example: new Date(example * dayMs).toISOString().slice(0, 10) };
  if (column.type === 'timestamp') return { ...described, example: new Date(Math.round(example * dayMs)).toISOString() };
  return { ...described, min, max, example };
}
