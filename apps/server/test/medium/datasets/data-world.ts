import { scopes, type Job } from '@crisol/contracts';
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entities } from '../../../src/app.entities.js';
import { DatasetsModule } from '../../../src/datasets/datasets.module.js';
import { AuditModule } from '../../../src/platform/audit/audit.module.js';
import type { Actor } from '../../../src/platform/auth/actor.js';
import { ConfigModule } from '../../../src/platform/config/config.module.js';
import { loadConfig } from '../../../src/platform/config/load-config.js';
import { DatabaseModule, prepareDatabase } from '../../../src/platform/database/database.module.js';
import { EventsModule } from '../../../src/platform/events/events.module.js';
import { EtagInterceptor } from '../../../src/platform/http/etag.interceptor.js';
import { useBodyParsers } from '../../../src/platform/http/json-body.js';
import { ProblemFilter } from '../../../src/platform/http/problem.filter.js';
import { SchemaPipe } from '../../../src/platform/http/validation.pipe.js';
import { JobsModule } from '../../../src/platform/jobs/jobs.module.js';
import { PluginsModule } from '../../../src/platform/plugins/plugins.module.js';
import { StorageModule } from '../../../src/platform/storage/storage.module.js';
import { QualityModule } from '../../../src/quality/quality.module.js';
import { createTestDatabase } from '../../create-test-server.js';

const expectations = fileURLToPath(new URL('../../../../../plugins/validator-expectations', import.meta.url));
const actor: Actor = { kind: 'user', id: null, name: 'tester', scopes: new Set(scopes), endpoints: null, requestId: null };

/** A JSON answer of any shape: specs look into it by name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Answer = Record<string, any>;

export interface DataWorld {
  readonly app: NestFastifyApplication;
  readonly url: string;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  json(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Uploads a file by form and waits for the end of its import. */
  importFile(name: string, bytes: string | Uint8Array, options?: { fileName?: string; read?: object }): Promise<Job>;
  finished(job: Job): Promise<Job>;
  close(): Promise<void>;
}

/** The data rooms on their real floor: PostgreSQL, storage, jobs in children, plugins, HTTP. The caller may do everything. */
export async function openDataWorld(): Promise<DataWorld> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'crisol-data-'));
  const pluginsFile = join(folder, 'plugins.yaml');
  await writeFile(pluginsFile, JSON.stringify({ plugins: [{ folder: expectations }] }));
  const config = loadConfig({
    role: 'all',
    environment: {},
    file: null,
    overrides: { port: 0, data: folder, databaseUrl: database.url, logLevel: 'silent', pluginsFile, maxUploadBytes: 50_000_000 },
  });
  await prepareDatabase(config);

  @Module({
    imports: [
      ConfigModule.forRoot(config),
      DatabaseModule.forRoot(entities),
      StorageModule,
      EventsModule,
      AuditModule,
      JobsModule,
      PluginsModule,
      DatasetsModule,
      QualityModule,
    ],
    providers: [
      ProblemFilter,
      { provide: APP_FILTER, useExisting: ProblemFilter },
      { provide: APP_PIPE, useClass: SchemaPipe },
      { provide: APP_INTERCEPTOR, useClass: EtagInterceptor },
    ],
  })
  class RootModule {}

  const adapter = new FastifyAdapter({ forceCloseConnections: true });
  const app = await NestFactory.create<NestFastifyApplication>(RootModule, adapter, {
    logger: ['error'],
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = adapter.getInstance();
  useBodyParsers(fastify);
  fastify.addHook('onRequest', (request, _reply, done) => {
    Object.assign(request, { actor });
    done();
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const request: DataWorld['request'] = (method, path, body, headers = {}) => {
    const raw = body instanceof FormData || body instanceof Uint8Array || body === undefined;
    return fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...(raw ? {} : { 'content-type': 'application/json' }), ...headers },
      body:
        body instanceof FormData
          ? body
          : body instanceof Uint8Array
            ? new Uint8Array(body)
            : body === undefined
              ? null
              : JSON.stringify(body),
    });
  };
  const json: DataWorld['json'] = async (method, path, body, headers) =>
    JSON.parse(await (await request(method, path, body, headers)).text());
  const finished: DataWorld['finished'] = async (job) => {
    for (;;) {
      const answer = await request('GET', `/jobs/${job.id}/wait?timeout=25`);
      if (answer.status === 200) return JSON.parse(await answer.text());
      if (answer.status !== 404) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    }
  };
  return {
    app,
    url,
    request,
    json,
    finished,
    async importFile(name, bytes, options = {}) {
      const form = new FormData();
      form.append('file', new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)]), options.fileName ?? `${name}.csv`);
      form.append('name', name);
      if (options.read) form.append('read', JSON.stringify(options.read));
      const answer = await request('POST', '/datasets', form);
      const text = await answer.text();
      if (answer.status !== 202) throw new Error(`${answer.status} ${text}`);
      return finished(JSON.parse(text));
    },
    async close() {
      await app.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
