/**
 * A column of a table, in typed arrays. Which fields exist depends on `type`:
 * - `number`, `integer`: `values[i]`, NaN when missing
 * - `boolean`: `values[i]` 0 or 1, NaN when missing
 * - `date`, `timestamp`: `values[i]` days since 1970-01-01 UTC (timestamps with a fraction), NaN when missing
 * - `text`: `levels[codes[i]]`, code −1 when missing. The empty text counts as missing. Levels are in no promised order.
 * @public
 * @since 1.0
 */
export type TableColumn = NumericColumn | TextColumn;
/** @public @since 1.0 */
export interface NumericColumn {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'date' | 'timestamp';
  readonly values: Float64Array;
}
/** @public @since 1.0 */
export interface TextColumn {
  readonly name: string;
  readonly type: 'text';
  readonly codes: Int32Array;
  readonly levels: readonly string[];
}
/** A table held in memory. Every column has `rows` entries. A plugin must not write into the arrays. @public @since 1.0 */
export interface Table {
  readonly rows: number;
  readonly columns: readonly TableColumn[];
}

/** A column as the host describes it. @public @since 1.0 */
export interface ColumnInfo {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'boolean' | 'text' | 'date' | 'timestamp' | 'time' | 'other';
  /** DuckDB's type, such as `VARCHAR` or `DECIMAL(18,3)`. */
  readonly databaseType: string;
}
/** An answer to a query: column names, and rows of JSON-like cells (64-bit integers beyond 2^53 come as `bigint`). @public @since 1.0 */
export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}
/**
 * A table that may be larger than memory, read by SQL. The table is called `data`; it has the columns of `columns` and
 * `__row`, the row's number from 0. One SELECT a call, DuckDB's dialect, no files, no network; at most 100,000 rows come back.
 * @public
 * @since 1.0
 */
export interface TableReader {
  readonly columns: readonly ColumnInfo[];
  readonly rowCount: number;
  /**
   * @param sql - one SELECT; values go in as `$1`, `$2` …
   * @throws PluginError `invalid_input` when the SQL is refused
   */
  query(sql: string, parameters: readonly (string | number | boolean | null)[], signal: AbortSignal): Promise<QueryAnswer>;
  /**
   * Whole columns as typed arrays, in row order; for work that SQL does not express. Columns of type `time` and `other` come
   * as text.
   * @throws PluginError `invalid_input` for an unknown column, or for more than 50,000,000 cells
   * @since 1.1
   */
  read(columns: readonly string[], signal: AbortSignal): Promise<Table>;
}
