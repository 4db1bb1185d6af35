import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Job, ModelVersion, Run } from '@crisol/contracts';
import { fileURLToPath } from 'node:url';
import { ServingWorld, type ProblemAnswer } from '../serving/serving-world.js';

jest.setTimeout(120_000);

const plugin = fileURLToPath(new URL('../../fixture-plugins/with-training', import.meta.url));
let world: ServingWorld;
let key: string;
/** 90 rows: two groups at ±1, and every tenth row 9 away from zero. */
const rows = Array.from({ length: 90 }, (_, i) => {
  const isOdd = i % 10 === 9;
  const sign = i % 2 === 0 ? -1 : 1;
  return `${(isOdd ? 9 : 1) * sign + i / 1_000},${sign < 0 ? 'minus' : 'plus'},${isOdd}`;
});

beforeAll(async () => {
  world = await ServingWorld.open([plugin]);
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
  for (const name of ['signs', 'secret']) await upload(name, `x,kind,odd\n${rows.join('\n')}\n`);
});
afterAll(() => world.close());

async function upload(name: string, text: string): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([text]), `${name}.csv`);
  form.append('name', name);
  const answer = await fetch(`${world.url}/api/v1/datasets`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: form });
  expect(await ended(JSON.parse(await answer.text()))).toMatchObject({ state: 'succeeded' });
}

async function ended(job: Job): Promise<Job> {
  for (;;) {
    const { status, body } = await world.get<Job>(`jobs/${job.id}/wait?timeout=25`, key);
    if (status === 200) return body;
  }
}

async function train(input: object): Promise<Job & ProblemAnswer> {
  const { body } = await world.send<Job & ProblemAnswer>(
    'POST',
    'jobs',
    { kind: 'model.train', input: { dataset: 'signs', ...input } },
    key,
    {
      'idempotency-key': `train-${Math.random()}`,
    },
  );
  return body.id === undefined ? body : { ...(await ended(body)), code: '' };
}

async function trained(input: object): Promise<{ job: Job; run: Run; version: ModelVersion }> {
  const job = await train(input);
  expect(job).toMatchObject({ state: 'succeeded' });
  const { body: run } = await world.get<Run>(`runs/${job.outputs['run']}`, key);
  for (;;) {
    const { body: version } = await world.get<ModelVersion>(`models/${job.outputs['model']}/versions/${job.outputs['version']}`, key);
    if (version.admission.state !== 'pending') return { job, run, version };
  }
}

describe('training without a target', () => {
  it('finds groups, measures them, registers and serves them', async () => {
    const { run, version } = await trained({ modelType: 'signs', columns: ['x'], target: 'kind', register: { model: 'groups' } });
    expect(run.evaluation).toMatchObject({
      task: 'clustering',
      labels: ['below', 'above'],
      metrics: { adjustedRandIndex: 1, clusters: 2, rounds: 5 },
      clusters: [{ label: 'below' }, { label: 'above' }],
    });
    expect(run.evaluation?.['metrics']).not.toHaveProperty('bad');
    expect(version).toMatchObject({
      task: 'clustering',
      admission: { state: 'admitted' },
      signature: { target: 'cluster', labels: ['below', 'above'], inputs: [{ name: 'x', type: 'number' }] },
    });
    await world.endpoint('groups', [{ name: 'v1', model: 'groups', version: version.version, share: 100 }]);
    const { body } = await world.predict('groups', [{ x: -2 }, { x: 2 }], { probabilities: true }, key);
    expect(body.predictions).toMatchObject([
      { value: 'below', confidence: expect.closeTo(0.982, 2) },
      { value: 'above', probabilities: { above: expect.closeTo(0.982, 2) } },
    ]);
  });

  it('scores how unusual rows are, and how well labels agree', async () => {
    const { run, version } = await trained({ modelType: 'far', columns: ['x'], target: 'odd', register: { model: 'unusual' } });
    expect(run.evaluation).toMatchObject({ task: 'anomaly', metrics: { auc: 1 }, anomaly: { threshold: 0.5 }, roc: expect.anything() });
    expect(version).toMatchObject({ task: 'anomaly', signature: { target: 'anomaly', labels: null }, admission: { state: 'admitted' } });
    await world.endpoint('unusual', [{ name: 'v1', model: 'unusual', version: version.version, share: 100 }]);
    const { body } = await world.predict('unusual', [{ x: 0 }, { x: 9 }], {}, key);
    expect(body.predictions).toMatchObject([{ value: expect.closeTo(0.047, 2) }, { value: expect.closeTo(0.998, 2) }]);
  });

  it('measures folds, and needs no label', async () => {
    const { run, version } = await trained({
      modelType: 'signs',
      columns: ['x'],
      split: { kind: 'kfold', folds: 3 },
      register: { model: 'folded' },
    });
    expect(run.evaluation).toMatchObject({ labels: ['below', 'above'], folds: [{}, {}, {}], clusters: [{ rows: 45 }, { rows: 45 }] });
    expect(run.evaluation?.['metrics']).not.toHaveProperty('adjustedRandIndex');
    expect(version.admission.state).toBe('admitted');
  });

  it('goes on from the checkpoint of an attempt that was killed', async () => {
    const { job, run } = await trained({ modelType: 'signs', columns: ['x'], params: { crashes: true }, register: { model: 'resumed' } });
    expect(job.attempt).toBe(2);
    expect(run.evaluation).toMatchObject({ warnings: ['went on from round 3'] });
  });

  it('says where a search may look', async () => {
    const { body } = await world.get<{ data: object[] }>('model-types', key);
    expect(body.data).toContainEqual(
      expect.objectContaining({ name: 'signs', search: { crashes: { kind: 'categorical', choices: [true, false] } }, brings: false }),
    );
  });

  it('refuses a task that the model type does not have, and a label that is not there', async () => {
    expect(await train({ modelType: 'far', task: 'regression', target: 'x' })).toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer: '/input/task' }],
    });
    expect(await train({ modelType: 'far', target: 'nope' })).toMatchObject({ code: 'column_unknown' });
  });
});

describe('the refs of a plugin', () => {
  it('work inside a job: values, files, data sets, commands, secrets, background', async () => {
    await trained({ modelType: 'touches', columns: ['x'], register: { model: 'touched' } });
    const { run } = await trained({ modelType: 'touches', columns: ['x'], register: { model: 'touched' } });
    const [note = '{}'] = run.evaluation?.['warnings'] as unknown as string[];
    expect(JSON.parse(note)).toEqual({
      before: 1,
      kept: 'kept',
      listed: [{ name: 'notes/last.txt', sizeBytes: 4 }],
      names: ['signs v1 90'],
      read: ['minus', 'plus', 'minus'],
      lines: ['PAR1'],
      made: 'made',
      token: 'hush',
      database: 'rejected: Inside a job there is no database.',
      other: 'rejected: The manifest does not declare the data set "secret"; add it to permissions.datasets.',
      badName: expect.stringContaining('invalid_input: "../x" is not a file name'),
      ticks: true,
    });
  });

  it('show the same values, files and data sets in the server', async () => {
    const { body } = await world.post<{ message: string }>('plugins/with-training/check', undefined, key);
    expect(JSON.parse(body.message)).toEqual({ trainings: 2, kept: 'kept', read: ['x number', 'kind text'], command: 'rejected' });
  });
});
