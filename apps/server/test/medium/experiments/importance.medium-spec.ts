import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ParameterImportance, Problem } from '@crisol/contracts';
import { mulberry32 } from '@crisol/statistics';
import { ServingWorld } from '../serving/serving-world.js';

jest.setTimeout(120_000);

const runs = 150;
let world: ServingWorld;
let key: string;
beforeAll(async () => {
  world = await ServingWorld.open();
  key = await world.key(['experiments:read', 'experiments:write']);
  const random = mulberry32(4);
  for (let run = 0; run < runs; run++) {
    const params = { depth: String(1 + Math.floor(random() * 10)), optimiser: random() < 0.5 ? 'adam' : 'sgd', seed: String(run) };
    const made = await world.post<{ id: string }>('runs', { experiment: 'tuning', params }, key);
    const value = Number(params.depth) ** 2 / 20 + (params.optimiser === 'adam' ? 1 : 0) + 0.1 * random();
    await world.post(`runs/${made.body.id}/log`, { metrics: [{ name: 'rmse', step: 0, value }] }, key);
  }
}, 120_000);
afterAll(() => world?.close(), 60_000);

const read = <Body = ParameterImportance>(body: object) =>
  world.post<Body>('runs/importance', { experiments: ['tuning'], metric: 'rmse', ...body }, key);

describe('the importance of parameters', () => {
  it('is found over the runs of an experiment, beside the thread that answers, and is the same again', async () => {
    const { status, body } = await read({});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      metric: 'rmse',
      runs,
      note: null,
      parameters: [{ name: 'depth' }, { name: 'optimiser' }, { name: 'seed' }],
    });
    expect(body.parameters.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 9);
    expect(body.parameters[0]?.correlation).toBeGreaterThan(0.8);
    expect((await read({})).body).toEqual(body);
  });

  it('is that of the runs that a filter leaves', async () => {
    const { body } = await read({ filter: "params.optimiser = 'adam'" });
    expect(body.runs).toBeLessThan(runs);
    expect(body.parameters.map(({ name }) => name)).not.toContain('optimiser');
    expect(await read<Problem>({ filter: 'params.optimiser =' })).toMatchObject({ status: 400, body: { code: 'invalid_filter' } });
  });

  it('says why there is none', async () => {
    expect((await read({ metric: 'other' })).body).toMatchObject({ runs: 0, parameters: [], note: expect.stringContaining('at least 10') });
  });
});
