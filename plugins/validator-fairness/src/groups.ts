import type { TableColumn } from '@crisol/plugin-api';

/** Which group each row belongs to: an index into the names. */
export interface Groups {
  readonly names: readonly string[];
  readonly of: Int32Array;
}

/** Whole numbers with more distinct values than this are amounts, and are binned. */
const mostWholeCategories = 10;
const missing = '(missing)';
const dayMs = 86_400_000;

/** Groups of one column: its values, or bins of a column of amounts. A missing value is a group of its own. */
export function groupsOf(column: TableColumn, bins: number | readonly number[]): Groups {
  if (column.type === 'text')
    return named(Array.from(column.codes, (code) => (code < 0 || column.levels[code] === '' ? missing : (column.levels[code] ?? missing))));
  const values = Array.from(column.values);
  if (column.type === 'boolean') return named(values.map((value) => (Number.isNaN(value) ? missing : String(value === 1))));
  const present = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const distinct = new Set(present);
  if (column.type === 'integer' && typeof bins === 'number' && distinct.size <= mostWholeCategories)
    return named(values.map((value) => (Number.isNaN(value) ? missing : String(value))));
  const edges = typeof bins === 'number' ? quantileEdges(present, bins) : [...bins].sort((a, b) => a - b);
  const show = (value: number): string =>
    column.type === 'date' || column.type === 'timestamp'
      ? new Date(value * dayMs).toISOString().slice(0, 10)
      : String(Number(value.toPrecision(6)));
  const binNames = [
    ...edges.map((edge, k) => (k === 0 ? `below ${show(edge)}` : `${show(edges[k - 1] ?? edge)} to below ${show(edge)}`)),
    edges.length === 0 ? 'all' : `${show(edges.at(-1) ?? 0)} and above`,
  ];
  return named(
    values.map((value) => (Number.isNaN(value) ? missing : (binNames[edges.filter((edge) => value >= edge).length] ?? missing))),
  );
}

/** Groups of rows that agree in every one of several columns. */
export function crossed(parts: readonly Groups[]): Groups {
  const [first] = parts;
  if (!first || parts.length === 1) return first ?? { names: [], of: new Int32Array(0) };
  return named(Array.from(first.of, (_, row) => parts.map((part) => part.names[part.of[row] ?? 0] ?? missing).join(' × ')));
}

/** Groups by their names, in code-unit order, so that the same rows give the same groups whatever their order. */
function named(labels: readonly string[]): Groups {
  const names = [...new Set(labels)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const position = new Map(names.map((name, index) => [name, index]));
  return { names, of: Int32Array.from(labels, (label) => position.get(label) ?? 0) };
}

function quantileEdges(sorted: readonly number[], bins: number): number[] {
  const edges = Array.from({ length: bins - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / bins)] ?? Number.NaN);
  return [...new Set(edges)].filter((edge) => !Number.isNaN(edge) && edge > (sorted[0] ?? Number.NaN));
}
