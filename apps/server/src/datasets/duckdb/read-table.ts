import { DuckDBDoubleVector, DuckDBIntegerVector } from '@duckdb/node-api';
import type { NumericColumn, Table, TableColumn, TextColumn } from '@crisol/plugin-api';
import { columnType } from './column-types.js';
import { openDuckDb, quoteName, quoteText, type DuckDbOptions, type DuckDbSession } from './open-duckdb.js';

const daysPerMicrosecond = 1 / 86_400_000_000;

/**
 * Reads columns of a Parquet file into typed arrays, chunk by chunk, in the file's row order.
 * @param columns - names, in the wanted order; every one must exist
 * @throws RangeError naming the columns that exist when one does not, TypeError for a column of another type than a table can hold
 */
export async function readTable(
  parquetPath: string,
  columns: readonly string[],
  options: Omit<DuckDbOptions, 'files'> = {},
): Promise<Table> {
  const session = await openDuckDb({ ...options, files: [parquetPath] });
  try {
    return await readColumns(session, `read_parquet(${quoteText(parquetPath)})`, columns);
  } finally {
    session.close();
  }
}

/** As `readTable`, for the rows with the numbers `from` to `to` − 1: a large file goes through memory in parts. */
export async function readWindow(
  parquetPath: string,
  columns: readonly string[],
  window: { readonly from: number; readonly to: number },
  options: Omit<DuckDbOptions, 'files'> = {},
): Promise<Table> {
  const session = await openDuckDb({ ...options, files: [parquetPath] });
  try {
    const wanted = columns.map(quoteName).join(', ');
    const file = `read_parquet(${quoteText(parquetPath)}, file_row_number = true)`;
    const rows = `file_row_number >= ${Math.trunc(window.from)} AND file_row_number < ${Math.trunc(window.to)}`;
    return await readColumns(session, `(SELECT ${wanted} FROM ${file} WHERE ${rows} ORDER BY file_row_number)`, columns);
  } finally {
    session.close();
  }
}

/** As `readTable`, from a table, a view or a table function of an open session. */
export async function readColumns(session: DuckDbSession, source: string, names: readonly string[]): Promise<Table> {
  const described = await session.rows(`DESCRIBE SELECT * FROM ${source}`);
  const types = new Map(described.map(([name, type]) => [String(name), String(type)]));
  const [count] = await session.row(`SELECT count(*)::DOUBLE FROM ${source}`);
  const rows = Number(count);
  const readers: ColumnReader[] = [];
  for (const [index, name] of names.entries()) {
    const type = types.get(name);
    if (type === undefined)
      throw new RangeError(`There is no column "${name}"; there are ${[...types.keys()].map((n) => `"${n}"`).join(', ')}.`);
    readers.push(await columnReader(session, source, name, type, index, rows));
  }
  if (readers.length > 0 && rows > 0) {
    const result = await session.connection.stream(`SELECT ${readers.map((reader) => reader.sql).join(', ')} FROM ${source}`);
    let offset = 0;
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const [index, reader] of readers.entries()) {
        const vector = chunk.getColumnVector(index);
        // `items` is private in the client's types; copying it whole is about 20 times faster than one call for each cell.
        if (vector instanceof DuckDBDoubleVector) reader.target.set(vector['items'], offset);
        else if (vector instanceof DuckDBIntegerVector) reader.target.set(vector['items'], offset);
      }
      offset += chunk.rowCount;
    }
  }
  return { rows, columns: readers.map((reader) => reader.column) };
}

interface ColumnReader {
  /** An expression without nulls, DOUBLE or INTEGER, so that chunks can be copied whole. */
  readonly sql: string;
  readonly target: Float64Array | Int32Array;
  readonly column: TableColumn;
}

async function columnReader(
  session: DuckDbSession,
  source: string,
  name: string,
  databaseType: string,
  index: number,
  rows: number,
): Promise<ColumnReader> {
  const type = columnType(databaseType);
  const quoted = quoteName(name);
  if (type === 'text' || type === 'time') return textReader(session, source, name, index, rows);
  if (type === 'other') throw new TypeError(`Column "${name}" is ${databaseType}, which cannot be put into a table of numbers and texts.`);
  const values = new Float64Array(rows);
  const column: NumericColumn = { name, type, values };
  const expression = {
    integer: `${quoted}::DOUBLE`,
    number: `${quoted}::DOUBLE`,
    boolean: `${quoted}::INTEGER::DOUBLE`,
    date: `(epoch_us(${quoted}::TIMESTAMP) * ${daysPerMicrosecond}::DOUBLE)`,
    timestamp: `(epoch_us(${quoted}) * ${daysPerMicrosecond}::DOUBLE)`,
  }[type];
  return { sql: `coalesce(${expression}, 'nan'::DOUBLE)`, target: values, column };
}

/** Lets DuckDB build the dictionary: an enum's codes come as integers and no string is made for a row. */
async function textReader(session: DuckDbSession, source: string, name: string, index: number, rows: number): Promise<ColumnReader> {
  const quoted = `${quoteName(name)}::VARCHAR`;
  const codes = new Int32Array(rows);
  const found = await session.rows(
    `SELECT DISTINCT ${quoted} AS level FROM ${source} WHERE level IS NOT NULL AND level <> '' ORDER BY level`,
  );
  const levels = found.map(([level]) => String(level));
  const column: TextColumn = { name, type: 'text', codes, levels };
  if (levels.length === 0) return { sql: '-1::INTEGER', target: codes, column };
  const type = `level_${index}`;
  await session.run(
    `CREATE TYPE ${type} AS ENUM (SELECT DISTINCT ${quoted} AS level FROM ${source} WHERE level IS NOT NULL AND level <> '' ORDER BY level)`,
  );
  return { sql: `coalesce(enum_code(TRY_CAST(${quoted} AS ${type}))::INTEGER, -1)`, target: codes, column };
}
