import type { Column } from '@crisol/contracts';
import type { TableColumn } from '@crisol/plugin-api';
import type { CellValue } from '../duckdb/cells.js';

/** What the server asks a reader for. Plain data. */
export type ReaderTask =
  | { readonly kind: 'page'; readonly path: string; readonly columns: readonly Column[]; readonly offset: number; readonly limit: number }
  | { readonly kind: 'numbers'; readonly path: string; readonly columns: readonly Column[]; readonly numbers: readonly number[] }
  | {
      readonly kind: 'export';
      readonly path: string;
      readonly columns: readonly Column[];
      readonly format: 'csv' | 'ndjson';
      readonly output: string;
    }
  /** Whole columns of the first rows, as files in `folder`: large arrays do not fit through the pipe without blocking both ends. */
  | {
      readonly kind: 'columns';
      readonly path: string;
      readonly columns: readonly string[] | undefined;
      readonly limit: number;
      readonly folder: string;
    };
/** A column in a file: eight bytes a number, four a code of `levels`. */
export interface ColumnFile {
  readonly name: string;
  readonly type: TableColumn['type'];
  readonly levels: readonly string[];
  readonly file: string;
}
export interface ColumnFiles {
  readonly rows: number;
  readonly columns: readonly ColumnFile[];
}
export type ReaderAnswer = readonly (readonly CellValue[])[] | ColumnFiles | undefined;
export interface ToReader {
  readonly id: number;
  readonly task: ReaderTask;
}
export interface FromReader {
  readonly id: number;
  /** Rows, column files, or nothing for an export, whose answer is its file. */
  readonly answer?: ReaderAnswer;
  /** What the caller did wrong. */
  readonly refusal?: string;
  /** For the server's log, never for a caller. */
  readonly fault?: string;
}
