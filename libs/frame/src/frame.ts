/**
 * A column in typed arrays:
 * - `number`, `integer`: `values[i]`, NaN when missing
 * - `boolean`: 0 or 1, NaN when missing
 * - `date`, `timestamp`: days since 1970-01-01 UTC, NaN when missing
 * - `text`: `levels[codes[i]]`, code −1 when missing
 *
 * The shape is that of `Table` in the plugin API, so that tables pass between both without copying.
 */
export type FrameColumn = NumericFrameColumn | TextFrameColumn;
export interface NumericFrameColumn {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'date' | 'timestamp';
  readonly values: Float64Array;
}
export interface TextFrameColumn {
  readonly name: string;
  readonly type: 'text';
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}
/** Columns of equal length. */
export interface Frame {
  readonly rows: number;
  readonly columns: readonly FrameColumn[];
}

/** The rows at `indices`, in their order; an index may come more than once. Levels are shared, not copied. */
export function takeRows(frame: Frame, indices: ArrayLike<number>): Frame {
  return { rows: indices.length, columns: frame.columns.map((column) => takeColumn(column, indices)) };
}

/** The entries of one column at `indices`. */
export function takeColumn<Column extends FrameColumn>(column: Column, indices: ArrayLike<number>): Column {
  if (column.type === 'text') {
    const codes = new Int32Array(indices.length);
    for (let i = 0; i < indices.length; i++) codes[i] = column.codes[indices[i] ?? 0] ?? -1;
    return { ...column, codes };
  }
  const values = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; i++) values[i] = column.values[indices[i] ?? 0] ?? Number.NaN;
  return { ...column, values };
}

/** The column of that name, if there is one. */
export function columnNamed(frame: Frame, name: string): FrameColumn | undefined {
  return frame.columns.find((column) => column.name === name);
}

/** The text of a row, or undefined when it is missing; the empty text counts as missing. */
export function textOf(column: TextFrameColumn, row: number): string | undefined {
  const text = column.levels[column.codes[row] ?? -1];
  return text === '' ? undefined : text;
}

/** Number of different present values, counting no further than `limit`. */
export function countDistinct(column: FrameColumn, limit = Number.POSITIVE_INFINITY): number {
  const seen = new Set<number | string>();
  const rows = column.type === 'text' ? column.codes.length : column.values.length;
  for (let row = 0; row < rows && seen.size < limit; row++) {
    const value = column.type === 'text' ? textOf(column, row) : column.values[row];
    if (value !== undefined && !Number.isNaN(value)) seen.add(value);
  }
  return seen.size;
}
