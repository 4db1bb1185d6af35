// Answers SQL for specs: DuckDB inside of Jest's own modules can crash, so it lives in a child.
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
process.on('disconnect', () => process.exit(0));
process.on('message', async ({ id, sql, values }) => {
  try {
    const reader = await connection.runAndReadAll(sql, values);
    const rows = reader
      .getRowsJS()
      .map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell instanceof Date ? cell.toISOString() : cell)));
    process.send({ id, columns: reader.columnNames(), rows });
  } catch (error) {
    process.send({ id, error: error.message.split('\n', 1)[0] });
  }
});
process.send({ id: 0 });
