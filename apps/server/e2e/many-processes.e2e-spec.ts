import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/platform/database/embedded-postgres.js';
import { ApiClient, BuiltServer, freePort, repositoryRoot, waitUntil } from './built-server.js';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** The same path with PostgreSQL and Redis outside, one api and two workers as processes of their own. */
(hasRedis ? describe : describe.skip)('one api and two workers (needs redis-server)', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  let redis: ChildProcess;
  const servers: BuiltServer[] = [];
  let client: ApiClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crisol-many-'));
    postgres = new EmbeddedPostgres(join(folder, 'outside'));
    await postgres.start();
    const port = await freePort();
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], { stdio: 'ignore' });
    const environment = {
      DATABASE_URL: `postgres://crisol@${encodeURIComponent(postgres.connection.host)}/crisol`,
      REDIS_URL: `redis://127.0.0.1:${port}`,
    };
    const dataFolder = join(folder, 'data');
    const api = await BuiltServer.start({ role: 'api', dataFolder, environment });
    servers.push(api);
    client = await ApiClient.bootstrap(api);
    servers.push(...(await Promise.all([1, 2].map(() => BuiltServer.start({ role: 'worker', dataFolder, environment })))));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    redis.kill();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }, 90_000);

  it('walks the path from a file to a prediction', async () => {
    await client.upload('penguins', 'penguins.csv', readFileSync(join(repositoryRoot, 'examples', 'data', 'penguins.csv'), 'utf8'));
    const trained = await client.finished(
      (
        await client.call('POST', 'jobs', {
          kind: 'model.train',
          input: {
            dataset: 'penguins',
            target: 'species',
            modelType: 'gradient-boosting',
            register: { model: 'penguins', alias: 'champion' },
          },
        })
      ).id,
    );
    expect(trained.state).toBe('succeeded');
    await waitUntil(async () => (await client.call('GET', 'models/penguins')).aliases.champion === 1, 30_000);
    await client.call('POST', 'endpoints', {
      name: 'penguins',
      variants: [{ name: 'champion', model: 'penguins', alias: 'champion', share: 100 }],
    });
    const answer = await client.call('POST', 'endpoints/penguins/predict', {
      instances: [{ island: 'Biscoe', bill_length_mm: 46.1, bill_depth_mm: 13.2, flipper_length_mm: 211, body_mass_g: 4500, year: 2008 }],
    });
    expect(answer.predictions[0].value).toBe('Gentoo');
  }, 120_000);

  it('runs each job once with two workers alive', async () => {
    const suite = await client.call('POST', 'suites', {
      name: 'rows',
      dataset: 'penguins',
      checks: [{ type: 'expect_table_row_count_to_be_between', kwargs: { min_value: 1 } }],
    });
    const jobs = await Promise.all(
      Array.from({ length: 20 }, () => client.call('POST', 'jobs', { kind: 'suite.validate', input: { suite: suite.id } })),
    );
    const ended = await Promise.all(jobs.map((job: { id: string }) => client.finished(job.id, 120_000)));
    expect(ended.map((job) => [job.state, job.attempt])).toEqual(ended.map(() => ['succeeded', 1]));
    const validations = await client.call('GET', 'validations?limit=200');
    expect(validations.data).toHaveLength(20);
    const workers = (await client.call('GET', 'workers')).data.filter((worker: { alive: boolean }) => worker.alive);
    expect(workers).toHaveLength(2);
  }, 180_000);

  it('takes over the job of a killed worker, and makes one version of it', async () => {
    const rows = [
      'a,b,y',
      ...Array.from(
        { length: 30_000 },
        (_, i) => `${(i * 7919) % 1000},${(i * 104729) % 997},${((i * 7919) % 1000) + ((i * 31) % 100) > 500 ? 'yes' : 'no'}`,
      ),
    ].join('\n');
    await client.upload('big', 'big.csv', rows);
    const job = await client.call('POST', 'jobs', {
      kind: 'model.train',
      input: {
        dataset: 'big',
        target: 'y',
        modelType: 'random-forest',
        split: { kind: 'kfold', folds: 10, seed: 1 },
        register: { model: 'big' },
      },
    });
    let worker = '';
    await waitUntil(async () => {
      const seen = await client.call('GET', `jobs/${job.id}`);
      worker = seen.worker ?? '';
      return seen.state === 'running' && seen.progress.ratio > 0.05;
    }, 60_000);
    const victim = servers.find((server) => worker.includes(String(server.process.pid)));
    expect(victim).not.toBeUndefined();
    await victim?.kill();
    const ended = await client.finished(job.id, 180_000);
    expect([ended.state, ended.attempt]).toEqual(['succeeded', 2]);
    expect(ended.worker).not.toBe(worker);
    expect((await client.call('GET', 'models/big/versions')).data).toHaveLength(1);
  }, 240_000);
});
