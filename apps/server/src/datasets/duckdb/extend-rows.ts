import { DOUBLE, DuckDBDataChunk, INTEGER, VARCHAR, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { openDuckDb, quoteName, quoteText } from './open-duckdb.js';

/** A column to write beside those of the file; `cell(i)` belongs to the i-th chosen row. */
export interface AddedColumn {
  readonly name: string;
  readonly type: 'text' | 'number';
  cell(index: number): string | number | null;
}

/** Rows that DuckDB takes at once. */
const chunkRows = 2_048;

/** Writes chosen rows of a Parquet file, some of their columns and further ones into another file, in the order of `rows`. */
export async function extendRows(options: {
  readonly source: string;
  /** Numbers of rows in the source. */
  readonly rows: Int32Array;
  /** Names of the source's columns to keep. */
  readonly columns: readonly string[];
  readonly added: readonly AddedColumn[];
  readonly path: string;
  readonly memoryMb: number;
  readonly spillFolder: string;
}): Promise<void> {
  const { source, rows, added, path, memoryMb, spillFolder } = options;
  const session = await openDuckDb({ files: [source, path], memoryMb, spillFolder });
  try {
    const typed = added.map(({ name, type }) => `${quoteName(name)} ${type === 'text' ? 'VARCHAR' : 'DOUBLE'}`);
    await session.run(`CREATE TABLE added ("crisol order" INTEGER, "crisol row" INTEGER, ${typed.join(', ')})`);
    const types: DuckDBType[] = [INTEGER, INTEGER, ...added.map(({ type }) => (type === 'text' ? VARCHAR : DOUBLE))];
    const appender = await session.connection.createAppender('added');
    for (let start = 0; start < rows.length; start += chunkRows) {
      const at = Array.from({ length: Math.min(chunkRows, rows.length - start) }, (_, i) => start + i);
      const columns: DuckDBValue[][] = [
        at,
        at.map((index) => rows[index] ?? 0),
        ...added.map((column) => at.map((index) => column.cell(index))),
      ];
      const chunk = DuckDBDataChunk.create(types, at.length);
      chunk.setColumns(columns);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    const own = options.columns.map((name) => `d.${quoteName(name)}`);
    const beside = added.map(({ name }) => `a.${quoteName(name)}`);
    await session.run(
      `COPY (SELECT ${[...own, ...beside].join(', ')} FROM added a
         JOIN read_parquet(${quoteText(source)}, file_row_number = true) d ON d.file_row_number = a."crisol row"
         ORDER BY a."crisol order")
       TO ${quoteText(path)} (FORMAT PARQUET)`,
    );
  } finally {
    session.close();
  }
}
