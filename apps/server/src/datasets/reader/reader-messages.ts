import type { Column } from '@crisol/contracts';
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
    };
export interface ToReader {
  readonly id: number;
  readonly task: ReaderTask;
}
export interface FromReader {
  readonly id: number;
  /** Rows for the first two kinds; none for an export, whose answer is its file. */
  readonly rows?: readonly (readonly CellValue[])[];
  /** For the server's log, never for a caller. */
  readonly fault?: string;
}
