import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { ApiClient, BuiltServer, waitUntil } from './built-server.js';

/** Numbers that repeat, for a table that takes a while to train on. */
function slowTable(rows: number): string {
  let state = 7;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const lines = ['a,b,c,d,e,f,y'];
  for (let i = 0; i < rows; i++) {
    const values = Array.from({ length: 6 }, () => next());
    lines.push([...values.map((value) => value.toFixed(4)), (values[0] ?? 0) + (values[1] ?? 0) + next() > 1.5 ? 'yes' : 'no'].join(','));
  }
  return lines.join('\n');
}

const training = {
  kind: 'model.train',
  input: {
    dataset: 'slow',
    target: 'y',
    modelType: 'random-forest',
    split: { kind: 'kfold', folds: 10, seed: 1 },
    register: { model: 'slow', alias: 'champion' },
  },
};

describe('after kill -9', () => {
  let server: BuiltServer;
  let client: ApiClient;

  beforeAll(async () => {
    server = await BuiltServer.start();
    client = await ApiClient.bootstrap(server);
    const job = await client.upload('slow', 'slow.csv', slowTable(20_000));
    expect(job.state).toBe('succeeded');
  }, 120_000);
  afterAll(async () => {
    await server.remove();
  }, 60_000);

  it('of everything, nothing that was acknowledged is lost, and the training ends once', async () => {
    const job = await client.call('POST', 'jobs', training);
    await waitUntil(async () => (await client.call('GET', `jobs/${job.id}`)).progress.ratio > 0.1, 60_000);
    const postgres = execFileSync('pgrep', ['-f', server.dataFolder]).toString().trim().split('\n').map(Number);
    await server.kill();
    for (const pid of postgres) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended with its parent.
      }
    }
    server = await BuiltServer.start({ dataFolder: server.dataFolder });
    client = new ApiClient(server.url, client.key);
    expect((await client.call('GET', 'datasets/slow')).latestVersion.rows).toBe(20_000);
    const ended = await client.finished(job.id, 180_000);
    expect([ended.state, ended.attempt]).toEqual(['succeeded', 2]);
    expect((await client.call('GET', 'models/slow/versions')).data).toHaveLength(1);
    expect((await client.call('GET', 'runs')).data.filter((run: { job: string }) => run.job === job.id)).toHaveLength(1);
  }, 240_000);

  it('of the server alone, the orphaned PostgreSQL is adopted', async () => {
    await server.kill();
    server = await BuiltServer.start({ dataFolder: server.dataFolder });
    client = new ApiClient(server.url, client.key);
    expect((await client.call('GET', 'models/slow')).latestVersion).toBe(1);
  }, 60_000);

  it('a second server on the same folder is refused with a sentence', async () => {
    await expect(BuiltServer.start({ dataFolder: server.dataFolder })).rejects.toThrow(/in use by another Crisol/);
    expect((await client.call('GET', 'datasets/slow')).latestVersion.rows).toBe(20_000);
  }, 60_000);
});
