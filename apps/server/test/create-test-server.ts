import type { Type } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createApp, type RunningApp } from '../src/app.factory.js';
import type { ConfigValues } from '../src/platform/config/config.schema.js';
import { loadConfig } from '../src/platform/config/load-config.js';
import { EmbeddedPostgres } from '../src/platform/database/embedded-postgres.js';

export interface TestServer extends RunningApp {
  readonly dataFolder: string;
  /** Connection string of this server's own database. */
  readonly databaseUrl: string;
}
export interface TestServerOptions {
  readonly role?: 'all' | 'api' | 'worker';
  readonly settings?: Partial<ConfigValues>;
  readonly extraModules?: readonly Type[];
  readonly requestDeadlineMs?: number;
  /** Joins the database and data folder of another test server, as a second process would. */
  readonly beside?: TestServer;
}

/** One PostgreSQL for all specs of a Jest worker; each server gets a database of its own in it. */
let postgres: Promise<{ server: EmbeddedPostgres; folder: string }> | undefined;
let users = 0;

async function startPostgres(): Promise<{ server: EmbeddedPostgres; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'crisol-pg-'));
  const server = new EmbeddedPostgres(folder);
  await server.start();
  return { server, folder };
}

/** A fresh, empty database; `drop` removes it, and the PostgreSQL behind it when nobody else uses it. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  users++;
  postgres ??= startPostgres();
  const { server, folder } = await postgres;
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = async (sql: string) => {
    const client = new Client({ ...server.connection, database: 'postgres' });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await admin(`create database ${name}`);
  const url = `postgres://crisol@${encodeURIComponent(server.connection.host)}/${name}`;
  return {
    url,
    async drop() {
      await admin(`drop database ${name} with (force)`);
      users--;
      if (users === 0) {
        postgres = undefined;
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Starts the whole server on a free port, with a database and a data folder of its own. */
export async function createTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.beside ? undefined : await createTestDatabase();
  const databaseUrl = options.beside?.databaseUrl ?? database?.url ?? '';
  const dataFolder = options.beside?.dataFolder ?? (await mkdtemp(join(tmpdir(), 'crisol-data-')));
  const config = loadConfig({
    role: options.role ?? 'all',
    environment: {},
    file: null,
    overrides: { port: 0, data: dataFolder, databaseUrl, logLevel: 'silent', requestsPerMinute: 1_000_000, ...options.settings },
  });
  const running = await createApp(config, {
    extraModules: options.extraModules ?? [],
    ...(options.requestDeadlineMs === undefined ? {} : { requestDeadlineMs: options.requestDeadlineMs }),
  });
  let closed: Promise<void> | undefined;
  const close = async () => {
    await running.close();
    if (options.beside) return;
    await database?.drop();
    await rm(dataFolder, { recursive: true, force: true });
  };
  return { ...running, dataFolder, databaseUrl, close: () => (closed ??= close()) };
}
