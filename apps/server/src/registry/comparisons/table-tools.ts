import type { readTable, readWindow } from '../../datasets/duckdb/read-table.js';
import type { readRows } from '../../datasets/reader/read-rows.js';
import type { testRowsOf } from '../../training/test-rows.js';
import type { takeColumn, takeRows } from '../../training/training-table.js';

/** What earlier rooms do with tables. The program, which may call them, hands it to the steps of a comparison. */
export interface TableTools {
  readonly readTable: typeof readTable;
  readonly readWindow: typeof readWindow;
  readonly readRows: typeof readRows;
  readonly takeRows: typeof takeRows;
  readonly takeColumn: typeof takeColumn;
  readonly testRowsOf: typeof testRowsOf;
  /** Whether an error says that a table cannot have been the one that was trained on. */
  isUnusable(error: unknown): boolean;
}
