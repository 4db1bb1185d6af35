import type { Table } from '@crisol/plugin-api';

/** Tables as Parquet files. The room of the data sets has the one that is real; it works in job children only. */
export interface TableFiles {
  write(path: string, table: Table): Promise<void>;
  /** The first `limit` rows of the named columns, or of all. */
  read(path: string, columns: readonly string[] | undefined, limit: number, signal: AbortSignal): Promise<Table>;
}
