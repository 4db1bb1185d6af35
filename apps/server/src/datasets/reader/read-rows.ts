import type { Column } from '@crisol/contracts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cellExpression, toCell } from '../duckdb/cells.js';
import { openDuckDb, quoteName, quoteText, type DuckDbSession } from '../duckdb/open-duckdb.js';
import { readFirstRows } from '../duckdb/table-files.js';
import type { ColumnFile, ColumnFiles, ReaderAnswer, ReaderTask } from './reader-messages.js';

const memoryMb = 512;

/** Does one task on a Parquet file. */
export async function readRows(task: ReaderTask): Promise<ReaderAnswer> {
  if (task.kind === 'columns') return writeColumnFiles(task);
  const files = task.kind === 'export' ? [task.path, task.output] : [task.path];
  const session = await openDuckDb({ files, threads: 2, memoryMb });
  try {
    const source = `read_parquet(${quoteText(task.path)}, file_row_number = true)`;
    if (task.kind === 'export') return await exportRows(session, source, task);
    const select = task.columns.map(cellExpression).join(', ');
    const where =
      task.kind === 'page'
        ? `file_row_number >= ${Math.trunc(task.offset)} AND file_row_number < ${Math.trunc(task.offset + task.limit)}`
        : `file_row_number IN (${task.numbers.map((number) => Math.trunc(number)).join(', ') || '-1'})`;
    const rows = await session.rows(`SELECT ${select} FROM ${source} WHERE ${where} ORDER BY file_row_number`);
    return rows.map((row) => row.map(toCell));
  } finally {
    session.close();
  }
}

async function writeColumnFiles(task: Extract<ReaderTask, { kind: 'columns' }>): Promise<ColumnFiles> {
  const table = await readFirstRows(task.path, task.columns, task.limit, new AbortController().signal);
  const columns: ColumnFile[] = [];
  for (const [index, column] of table.columns.entries()) {
    const file = join(task.folder, String(index));
    await writeFile(file, column.type === 'text' ? column.codes : column.values);
    columns.push({ name: column.name, type: column.type, levels: column.type === 'text' ? column.levels : [], file });
  }
  return { rows: table.rows, columns };
}

async function exportRows(session: DuckDbSession, source: string, task: Extract<ReaderTask, { kind: 'export' }>): Promise<undefined> {
  const expression = (column: Column) => (task.format === 'csv' ? spreadsheetSafe(column) : cellExpression(column));
  const select = task.columns.map((column) => `${expression(column)} AS ${quoteName(column.name)}`).join(', ');
  const format = task.format === 'csv' ? `FORMAT csv, HEADER true, DELIMITER ','` : 'FORMAT json, ARRAY false';
  await session.run(`COPY (SELECT ${select} FROM ${source}) TO ${quoteText(task.output)} (${format})`);
}

/** A text that a spreadsheet would take as a formula gets a quote before it; numbers stay numbers. */
function spreadsheetSafe(column: Column): string {
  const cell = cellExpression(column);
  if (column.type !== 'text' && column.type !== 'other') return cell;
  return `CASE WHEN regexp_matches(${cell}, '^[=+@\\-\\t\\r]') AND TRY_CAST(${cell} AS DOUBLE) IS NULL THEN '''' || ${cell} ELSE ${cell} END`;
}
