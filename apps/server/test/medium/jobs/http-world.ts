import { Global, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { Scope } from '@crisol/contracts';
import { scopes } from '@crisol/contracts';
import { Config } from '../../../src/platform/config/config.js';
import { Database } from '../../../src/platform/database/database.js';
import { PostgresStatements } from '../../../src/platform/database/postgres-database.js';
import { Statements } from '../../../src/platform/database/statements.js';
import { EventsModule } from '../../../src/platform/events/events.module.js';
import { SchemaPipe } from '../../../src/platform/http/validation.pipe.js';
import { ProblemError } from '../../../src/platform/http/problem.js';
import { Jobs } from '../../../src/platform/jobs/job-handler.js';
import { JobsModule } from '../../../src/platform/jobs/jobs.module.js';
import type { AnyHandler } from '../../../src/platform/jobs/handler-registry.js';
import { StorageModule } from '../../../src/platform/storage/storage.module.js';
import { anActor, PlainDatabase } from './ledger-world.js';
import type { TestPostgres } from './start-postgres.js';

export interface HttpWorld {
  readonly app: INestApplication;
  readonly url: string;
  close(): Promise<void>;
}

/** The modules of jobs, events and storage behind real HTTP. The header `x-scopes` says what the caller may do. */
export async function openHttpWorld(
  postgres: TestPostgres,
  options: { role?: 'all' | 'api'; redisUrl?: string; handlers?: readonly AnyHandler[] } = {},
): Promise<HttpWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'crisol-http-'));
  const database = await PlainDatabase.open(postgres.url);
  const config = { role: options.role ?? 'all', redisUrl: options.redisUrl ?? null, dataFolder: folder, workerConcurrency: 2 };

  @Global()
  @Module({
    providers: [
      { provide: Config, useValue: config },
      { provide: Database, useValue: database },
      // Opens no connection until it is asked something.
      { provide: Statements, useValue: new PostgresStatements(new Pool({ connectionString: postgres.url, idleTimeoutMillis: 1 })) },
    ],
    exports: [Config, Database, Statements],
  })
  class GroundModule {}
  @Module({ imports: [GroundModule, StorageModule, EventsModule, JobsModule] })
  class RootModule {}

  // The client may hold a connection on which it never asked anything; Node does not count it as idle.
  const app = await NestFactory.create<NestFastifyApplication>(RootModule, new FastifyAdapter({ forceCloseConnections: true }), {
    logger: ['error'],
    abortOnError: false,
  });
  app.useGlobalPipes(new SchemaPipe());
  app.useGlobalFilters({
    catch: (error: unknown, host) => {
      const reply = host.switchToHttp().getResponse();
      if (error instanceof ProblemError) reply.status(error.status).send({ code: error.code, detail: error.message });
      else reply.status(500).send({ code: String(error) });
    },
  });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      const held = String(request.headers['x-scopes'] ?? scopes.join(',')).split(',');
      Object.assign(request, { actor: anActor(...scopes.filter((scope): scope is Scope => held.includes(scope))) });
      reply.header('x-floor', 'kept');
      done();
    });
  for (const handler of options.handlers ?? []) app.get(Jobs).register(handler);
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    close: async () => {
      await app.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a `text/event-stream` as a browser does. */
export async function* readStream(url: string, headers: Record<string, string> = {}, signal?: AbortSignal): AsyncGenerator<Message> {
  const response = await fetch(url, { headers, signal });
  if (!response.ok || !response.body) throw new Error(`${response.status} ${await response.text()}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string): string => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (field('data')) yield { id: field('id'), event: field('event') || 'message', data: JSON.parse(field('data')) };
    }
  }
}
