/** Limits of a table, so that a small file cannot become an endless one. The child's memory and deadline bound the rest. */
export const limits = {
  columns: 5_000,
  rows: 500_000_000,
  /** Bytes of the longest text in one cell. */
  cellBytes: 1_048_576,
  /** Bytes of one line of a text file; DuckDB keeps 16 of them for each thread. */
  lineBytes: 2_097_152,
  nameCharacters: 256,
  /** Above this many decoded bytes a Parquet file may not be more than `decodedRatio` times as large as its bytes. */
  decodedBytes: 1_073_741_824,
  decodedRatio: 100,
} as const;
