import { createServer } from 'node:net';
import { Client } from 'pg';
import { createTestDatabase } from '../../create-test-server.js';

export interface TestPostgres {
  readonly url: string;
  query<Row extends object>(sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** A database of its own, and a connection for looking at it. */
export async function startPostgres(): Promise<TestPostgres> {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  return {
    url: database.url,
    query: async (sql) => (await client.query(sql)).rows,
    stop: async () => {
      await client.end().catch(() => undefined);
      await database.drop();
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
