import { StatementType } from '@duckdb/node-api';
import type { Column } from '@crisol/contracts';
import { PluginError, type ColumnInfo, type QueryAnswer, type Table, type TableReader } from '@crisol/plugin-api';
import { openDuckDb, quoteName, quoteText, type DuckDbSession } from './open-duckdb.js';
import { readColumns } from './read-table.js';

const mostRows = 100_000;
const mostCells = 50_000_000;
/** Functions that look outside of the table: files, settings, other queries. The engine refuses files too; this says so sooner. */
const refusedFunctions =
  /\b(read_\w+|parquet_\w+|sniff_csv|glob|duckdb_\w+|pragma_\w+|current_setting|getenv|query|query_table|getvariable|which_secret|sql_auto_complete|test_all_types)\s*\(/i;
const refusedSchemas = /\b(information_schema|pg_catalog|sqlite_master)\b/i;

/** Answers a validator's SQL over one Parquet file: the view `data` with `__row`, one SELECT a call, nothing outside of it. */
export class DuckDbTableReader implements TableReader {
  private constructor(
    private readonly session: DuckDbSession,
    readonly columns: readonly ColumnInfo[],
    readonly rowCount: number,
  ) {}

  static async open(options: {
    readonly parquet: string;
    readonly columns: readonly Column[];
    readonly rows: number;
    readonly memoryMb: number;
    readonly spillFolder?: string;
  }): Promise<DuckDbTableReader> {
    const session = await openDuckDb({ files: [options.parquet], memoryMb: options.memoryMb, spillFolder: options.spillFolder });
    const source = `read_parquet(${quoteText(options.parquet)}, file_row_number = true)`;
    await session.run(`CREATE VIEW data AS SELECT file_row_number AS __row, * EXCLUDE (file_row_number) FROM ${source}`);
    return new DuckDbTableReader(session, options.columns, options.rows);
  }

  async query(sql: string, parameters: readonly (string | number | boolean | null)[], signal: AbortSignal): Promise<QueryAnswer> {
    signal.throwIfAborted();
    await this.refuseOthers(sql);
    const release = this.session.interruptOn(signal);
    try {
      const reader = await this.session.connection.streamAndReadUntil(sql, mostRows, [...parameters]);
      return {
        columns: reader.columnNames(),
        rows: reader
          .getRowsJS()
          .slice(0, mostRows)
          .map((row) => row.map(plain)),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw refused(error);
    } finally {
      release();
    }
  }

  async read(names: readonly string[], signal: AbortSignal): Promise<Table> {
    signal.throwIfAborted();
    const known = new Map(this.columns.map((column) => [column.name, column]));
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length > 0)
      throw new PluginError('invalid_input', `There is no column ${unknown.join(', ')}; there are ${[...known.keys()].join(', ')}.`);
    if (names.length * this.rowCount > mostCells)
      throw new PluginError('invalid_input', `${names.length} columns of ${this.rowCount} rows are more than ${mostCells} cells.`);
    const asText = names.filter((name) => ['time', 'other'].includes(known.get(name)?.type ?? 'other'));
    const replaced = asText.map((name) => `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`).join(', ');
    const release = this.session.interruptOn(signal);
    try {
      return await readColumns(this.session, replaced === '' ? 'data' : `(SELECT * REPLACE (${replaced}) FROM data)`, names);
    } catch (error) {
      signal.throwIfAborted();
      throw refused(error);
    } finally {
      release();
    }
  }

  close(): void {
    this.session.close();
  }

  private async refuseOthers(sql: string): Promise<void> {
    if (refusedFunctions.test(sql) || refusedSchemas.test(sql))
      throw new PluginError('invalid_input', 'The SQL may only read the table "data"; files, settings and catalogues are closed.');
    try {
      const statements = await this.session.connection.extractStatements(sql);
      if (statements.count !== 1) throw new PluginError('invalid_input', `One SELECT is taken, not ${statements.count} statements.`);
      const prepared = await statements.prepare(0);
      const type = prepared.statementType;
      prepared.destroySync();
      if (type !== StatementType.SELECT) throw new PluginError('invalid_input', 'Only a SELECT is taken.');
    } catch (error) {
      throw refused(error);
    }
  }
}

/** The first line of what DuckDB says; the rest repeats the statement. */
function refused(error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const [line = ''] = text.split('\n', 1);
  return new PluginError(
    'invalid_input',
    /permission error|file system/i.test(line) ? 'The SQL may only read the table "data".' : line.slice(0, 300),
    { cause: error },
  );
}

/** Integers come as numbers where a number can hold them; dates and other objects as their text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) return String(value);
  return value;
}
