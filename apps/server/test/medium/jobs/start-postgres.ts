import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

export interface TestPostgres {
  readonly url: string;
  query<Row extends object>(sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** A PostgreSQL of its own on a random port, in a folder that goes with it. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'crisol-pg-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const bin = binaries();
  const [command, ...prefix] = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000'] : [];
  const wrap = (tool: string, args: string[]): [string, string[]] =>
    command ? [command, [...prefix, join(bin, tool), ...args]] : [join(bin, tool), args];
  await run(...wrap('initdb', ['-D', data, '-U', 'crisol', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C']));
  await appendFile(
    join(data, 'postgresql.conf'),
    `\nport=${port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories=''\nfsync=off\nmax_connections=60\n`,
  );
  const server = spawn(...wrap('postgres', ['-D', data]), { stdio: 'ignore' });
  const url = `postgresql://crisol@127.0.0.1:${port}/postgres`;
  const client = await connect(url);
  return {
    url,
    query: async (sql) => (await client.query(sql)).rows,
    stop: async () => {
      await client.end().catch(() => undefined);
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function connect(url: string): Promise<Client> {
  const until = Date.now() + 20_000;
  for (;;) {
    const client = new Client(url);
    try {
      await client.connect();
      client.on('error', () => undefined);
      return client;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function binaries(): string {
  const folders = (process.env.PATH ?? '').split(':');
  const installed = existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`)
    : [];
  const found = [...folders, ...installed].find((folder) => existsSync(join(folder, 'initdb')));
  if (!found) throw new Error('These tests need PostgreSQL: initdb is not on the PATH.');
  return found;
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
