import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Job, ModelVersion, PluginDetail, Run } from '@crisol/contracts';
import { fileURLToPath } from 'node:url';
import { ServingWorld, type ProblemAnswer } from '../serving/serving-world.js';

jest.setTimeout(120_000);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const root = '../../../../../';
const plugins = ['isolation-forest', 'kmeans', 'external'].map((name) => here(`${root}plugins/model-type-${name}`));
let world: ServingWorld;
let key: string;

beforeAll(async () => {
  world = await ServingWorld.open(plugins);
  key = await world.key([
    'datasets:read',
    'datasets:write',
    'training:read',
    'training:write',
    'experiments:read',
    'models:read',
    'models:write',
    'endpoints:read',
    'endpoints:write',
    'endpoints:predict',
    'plugins:admin',
  ]);
  // Two groups on a line, and two rows far away from both.
  const rows = Array.from({ length: 120 }, (_, i) => (i < 2 ? '40,-40,far' : i % 2 === 0 ? `${i / 100},1,low` : `${8 + i / 100},5,high`));
  const form = new FormData();
  form.append('file', new Blob([`x,y,kind\n${rows.join('\n')}\n`]), 'points.csv');
  form.append('name', 'points');
  const answer = await fetch(`${world.url}/api/v1/datasets`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: form });
  expect(await ended(JSON.parse(await answer.text()))).toMatchObject({ state: 'succeeded' });
});
afterAll(() => world.close());

async function ended(job: Job): Promise<Job> {
  for (;;) {
    const { status, body } = await world.get<Job>(`jobs/${job.id}/wait?timeout=25`, key);
    if (status === 200) return body;
  }
}
async function train(input: object): Promise<Job> {
  const headers = { 'idempotency-key': `train-${Math.random()}` };
  const { body } = await world.send<Job>('POST', 'jobs', { kind: 'model.train', input: { dataset: 'points', ...input } }, key, headers);
  if (body.id === undefined) throw new Error(JSON.stringify(body));
  return ended(body);
}
async function served(model: string, input: object): Promise<Run> {
  const job = await train({ ...input, register: { model } });
  expect(job).toMatchObject({ state: 'succeeded' });
  for (;;) {
    const { body: version } = await world.get<ModelVersion>(`models/${model}/versions/${job.outputs['version']}`, key);
    if (version.admission.state === 'pending') continue;
    expect(version.admission).toMatchObject({ state: 'admitted' });
    break;
  }
  await world.endpoint(model, [{ name: 'v1', model, version: 1, share: 100 }]);
  return (await world.get<Run>(`runs/${job.outputs['run']}`, key)).body;
}

describe('model types of the platform without a target, or with a trainer of their own', () => {
  it('isolation-forest: scores rows that lie far away higher', async () => {
    await served('unusual', { modelType: 'isolation-forest', columns: ['x', 'y'] });
    const { body } = await world.predict(
      'unusual',
      [
        { x: 0.5, y: 1 },
        { x: 40, y: -40 },
      ],
      {},
      key,
    );
    const [near, far] = body.predictions.map(({ value }) => Number(value));
    expect(near).toBeLessThan(0.5);
    expect(far).toBeGreaterThan(0.7);
  });

  it('kmeans: puts rows of one group together', async () => {
    await served('groups', { modelType: 'kmeans', columns: ['x', 'y'], params: { clusters: 3 } });
    const { body } = await world.predict(
      'groups',
      [
        { x: 0.5, y: 1 },
        { x: 0.7, y: 1 },
        { x: 8.5, y: 5 },
      ],
      {},
      key,
    );
    const [one, same, other] = body.predictions.map(({ value }) => value);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it('external: says how to set a trainer; with one set, trains by it and serves what it made', async () => {
    expect(await train({ modelType: 'external', columns: ['y'], target: 'x', task: 'regression' })).toMatchObject({
      state: 'failed',
      error: { detail: expect.stringContaining('give one under trainers') },
    });
    const { body: before } = await world.get<PluginDetail>('plugins/model-type-external', key);
    const trainers = [{ name: 'node', command: process.execPath, args: [here(`${root}examples/trainers/node/train.mjs`)] }];
    const put = await world.send<PluginDetail & ProblemAnswer>('PUT', 'plugins/model-type-external/settings', { trainers }, key, {
      'if-match': `"r${before.revision}"`,
    });
    expect(put.status).toBe(200);
    const run = await served('line', {
      modelType: 'external',
      columns: ['y'],
      target: 'x',
      task: 'regression',
      params: { params: { steps: 50 } },
    });
    expect(run.evaluation).toMatchObject({ task: 'regression' });
    const { body } = await world.predict('line', [{ y: 1 }], {}, key);
    expect(body.predictions).toMatchObject([{ value: expect.any(Number) }]);
  });
});
