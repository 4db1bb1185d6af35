import { DuckDBDataChunk, DuckDBDoubleVector, DuckDBIntegerVector, DOUBLE, INTEGER } from '@duckdb/node-api';
import type { Table, TableColumn } from '@crisol/plugin-api';
import { PluginError } from '@crisol/plugin-api';
import type { TableFiles } from '../../platform/plugins/scope/table-files.js';
import { openDuckDb, quoteName, quoteText, type DuckDbSession } from './open-duckdb.js';
import { readColumns } from './read-table.js';
import { columnType } from './column-types.js';

/** Rows of one of DuckDB's own chunks. */
const chunkRows = 2_048;
const mostCells = 50_000_000;
const microsecondsPerDay = 86_400_000_000;

/** Tables as Parquet files by DuckDB; for job children and readers only. */
export const duckDbTableFiles: TableFiles = { write: writeTable, read: readFirstRows };

/** Writes a table as Parquet: missing values are null, days become dates and timestamps, codes their texts. */
export async function writeTable(path: string, table: Table): Promise<void> {
  const session = await openDuckDb({ files: [path] });
  try {
    await appendRaw(session, table);
    for (const [index, column] of table.columns.entries()) if (column.type === 'text') await appendLevels(session, index, column.levels);
    const select = table.columns.map((column, index) => `${expression(column, index)} AS ${quoteName(column.name)}`).join(', ');
    await session.run(
      `COPY (SELECT ${select} FROM raw ORDER BY raw.rowid) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
    );
  } finally {
    session.close();
  }
}

/** Columns of the first rows, in their order; columns that no table can hold come as text. */
export async function readFirstRows(
  path: string,
  columns: readonly string[] | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<Table> {
  signal.throwIfAborted();
  const session = await openDuckDb({ files: [path] });
  const release = session.interruptOn(signal);
  try {
    const source = `read_parquet(${quoteText(path)})`;
    const described = (await session.rows(`DESCRIBE SELECT * FROM ${source}`)).map(([name, type]) => ({
      name: String(name),
      type: columnType(String(type)),
    }));
    const names = columns ?? described.map(({ name }) => name);
    const unknown = names.filter((name) => !described.some((column) => column.name === name));
    if (unknown.length > 0)
      throw new PluginError(
        'invalid_input',
        `There is no column ${unknown.join(', ')}; there are ${described.map(({ name }) => name).join(', ')}.`,
      );
    const rows = Math.min(limit, Number((await session.row(`SELECT count(*)::DOUBLE FROM ${source}`))[0]));
    if (names.length * rows > mostCells)
      throw new PluginError('invalid_input', `${names.length} columns of ${rows} rows are more than ${mostCells} cells; ask for less.`);
    const asText = described.filter(({ name, type }) => names.includes(name) && (type === 'time' || type === 'other'));
    const replaced = asText.map(({ name }) => `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`).join(', ');
    const all = replaced === '' ? '*' : `* REPLACE (${replaced})`;
    return await readColumns(session, `(SELECT ${all} FROM ${source} LIMIT ${Math.trunc(limit)})`, names);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    release();
    session.close();
  }
}

/** Numbers as they are, NaN included, and codes of texts: whole arrays, without a value made for each cell. */
async function appendRaw(session: DuckDbSession, { columns, rows }: Table): Promise<void> {
  const types = columns.map((column) => (column.type === 'text' ? INTEGER : DOUBLE));
  await session.run(`CREATE TABLE raw (${types.map((type, index) => `c${index} ${type.toString()}`).join(', ')})`);
  const appender = await session.connection.createAppender('raw');
  try {
    for (let start = 0; start < rows; start += chunkRows) {
      const end = Math.min(start + chunkRows, rows);
      const chunk = DuckDBDataChunk.create(types, end - start);
      for (const [index, column] of columns.entries()) {
        const vector = chunk.getColumnVector(index);
        // `items` is private in the client's types; copying whole arrays is about 20 times faster than a call for each cell.
        if (column.type === 'text') {
          if (vector instanceof DuckDBIntegerVector) vector['items'].set(column.codes.subarray(start, end));
        } else if (vector instanceof DuckDBDoubleVector) vector['items'].set(column.values.subarray(start, end));
        vector.flush();
      }
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

async function appendLevels(session: DuckDbSession, index: number, levels: readonly string[]): Promise<void> {
  await session.run(`CREATE TABLE level_${index} (code INTEGER PRIMARY KEY, level VARCHAR)`);
  const appender = await session.connection.createAppender(`level_${index}`);
  try {
    for (const [code, level] of levels.entries()) {
      appender.appendInteger(code);
      appender.appendVarchar(level);
      appender.endRow();
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

function expression(column: TableColumn, index: number): string {
  const raw = `c${index}`;
  if (column.type === 'text') return `nullif((SELECT level FROM level_${index} WHERE code = ${raw}), '')`;
  const present = `CASE WHEN isnan(${raw}) THEN NULL ELSE ${raw} END`;
  const micros = `(${present} * ${microsecondsPerDay})`;
  switch (column.type) {
    case 'number':
      return present;
    case 'integer':
      return `(${present})::BIGINT`;
    case 'boolean':
      return `(${present} <> 0)`;
    case 'date':
      return `make_timestamp(${micros}::BIGINT)::DATE`;
    case 'timestamp':
      return `make_timestamp(${micros}::BIGINT)`;
  }
}
