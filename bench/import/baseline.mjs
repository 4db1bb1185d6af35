// What DuckDB alone takes in the same process shape: read_csv with everything detected, and one Parquet file.
import { DuckDBInstance } from '@duckdb/node-api';
import { join } from 'node:path';

export async function run({ path }, { workFolder }) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * FROM read_csv('${path}')) TO '${join(workFolder, 'base.parquet')}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  connection.closeSync();
}
