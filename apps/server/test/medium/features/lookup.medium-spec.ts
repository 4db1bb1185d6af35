import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type {
  Endpoint,
  FeatureStoreInfo,
  FeatureStoreList,
  FeatureVectors,
  Plugin,
  PluginDetail,
  PredictResponse,
  Signature,
} from '@crisol/contracts';
import { fileURLToPath } from 'node:url';
import { fixture } from '../plugins/plugin-world.js';
import { ServingWorld, timesModel, type Answer, type ProblemAnswer } from '../serving/serving-world.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

const signature: Signature = {
  task: 'regression',
  inputs: [{ name: 'x', type: 'number', nullable: false, example: 1 }],
  target: 'y',
  labels: null,
};
const view = { entities: ['driver_id'], features: [{ name: 'trips', type: 'number' }], maxAgeSeconds: 86_400 };
const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
const lookup = (store: string, more: object = {}) => ({
  store,
  keys: { driver_id: 'driver' },
  features: [{ feature: 'driver:trips', as: 'x' }],
  timeoutMs: 5_000,
  ...more,
});
type Predicted = Answer<PredictResponse & ProblemAnswer>;

let world: ServingWorld;
let key: string;
beforeAll(async () => {
  const postgres = fileURLToPath(new URL('../../../../../plugins/feature-store-postgres', import.meta.url));
  world = await ServingWorld.open([postgres, fixture('with-feature-store')]);
  key = await world.key([
    'features:read',
    'features:write',
    'features:serve',
    'endpoints:read',
    'endpoints:write',
    'endpoints:predict',
    'plugins:admin',
  ]);
  await world.admit('double', timesModel(2), signature);
  for (const store of ['postgres', 'memory']) {
    await put(`feature-stores/${store}/views/driver`, view);
    await write(store, [
      { keys: { driver_id: 1 }, at: hoursAgo(2), values: { trips: 10 } },
      { keys: { driver_id: 1 }, at: hoursAgo(1), values: { trips: 20 } },
      { keys: { driver_id: 2 }, at: hoursAgo(1), values: { trips: null } },
      { keys: { driver_id: 3 }, at: hoursAgo(48), values: { trips: 30 } },
    ]);
  }
}, 120_000);
afterAll(() => world?.close(), 60_000);

async function put(path: string, body: object): Promise<Answer<ProblemAnswer>> {
  const answer = await world.send<ProblemAnswer>('PUT', path, body, key);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer;
}
async function write(store: string, rows: readonly object[]): Promise<void> {
  const answer = await world.post<ProblemAnswer>(`feature-stores/${store}/views/driver/rows`, { rows }, key);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}
async function endpoint(name: string, look: object): Promise<void> {
  const variants = [{ name: 'main', model: 'double', version: 1, share: 100 }];
  const answer = await world.post<ProblemAnswer>('endpoints', { name, variants, lookup: look }, key);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}
const predict = (name: string, instances: readonly object[], options: object = {}): Promise<Predicted> =>
  world.predict(name, instances, options, key);
const valuesOf = (answer: Predicted) => answer.body.predictions.map(({ value, error }) => value ?? error?.code);

describe('feature stores by REST', () => {
  it('lists the stores of active plugins with their views', async () => {
    const { body } = await world.get<FeatureStoreList>('feature-stores', key);
    expect(body.data.map(({ name, pluginId, state, writable }) => [name, pluginId, state, writable])).toEqual([
      ['postgres', 'feature-store-postgres', 'active', true],
      ['memory', 'with-feature-store', 'active', true],
      ['read-only', 'with-feature-store', 'active', false],
    ]);
    expect(body.data[0]?.views).toEqual([{ name: 'driver', ...view }]);
  });

  it.each(['postgres', 'memory'])('gives the newest vectors of %s with statuses and event times', async (store) => {
    const rows = [{ driver_id: 1 }, { driver_id: '1' }, { driver_id: 2 }, { driver_id: 3 }, { driver_id: 404 }];
    const { body } = await world.post<FeatureVectors>(`feature-stores/${store}/online-features`, { features: ['driver:trips'], rows }, key);
    expect(body.rows.map(({ values, statuses }) => [values[0], statuses[0]])).toEqual([
      [20, 'present'],
      [20, 'present'],
      [null, 'null_value'],
      [null, 'outside_max_age'],
      [null, 'not_found'],
    ]);
    expect([body.rows[0]?.eventTimes[0]?.slice(-1), body.rows[4]?.eventTimes[0]]).toEqual(['Z', null]);
  });

  it.each(['postgres', 'memory'])('gives what %s knew at a time, and nothing that came later', async (store) => {
    const rows = [3, 1.5, 0].map((hours) => ({ keys: { driver_id: 1 }, at: hoursAgo(hours) }));
    const { body } = await world.post<FeatureVectors>(
      `feature-stores/${store}/historical-features`,
      { features: ['driver:trips'], rows },
      key,
    );
    expect(body.rows.map(({ values }) => values[0])).toEqual([null, 10, 20]);
  });

  it('says which stores, views and features exist to whoever asks for others', async () => {
    const ask = (path: string, body: object) => world.post<ProblemAnswer>(path, body, key);
    const rows = [{ driver_id: 1 }];
    expect(await ask('feature-stores/oracle/online-features', { features: ['driver:trips'], rows })).toMatchObject({
      status: 404,
      body: { code: 'not_found', detail: expect.stringContaining('There are: postgres, memory, read-only') },
    });
    expect(await ask('feature-stores/postgres/online-features', { features: ['rider:trips'], rows })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', detail: expect.stringContaining('There are: driver.') },
    });
    expect(await ask('feature-stores/postgres/views/rider/rows', { rows: [{ keys: rows[0], at: hoursAgo(0), values: {} }] })).toMatchObject(
      {
        status: 404,
        body: { detail: expect.stringContaining('It has: driver.') },
      },
    );
    expect(
      await ask('feature-stores/read-only/views/driver/rows', { rows: [{ keys: rows[0], at: hoursAgo(0), values: {} }] }),
    ).toMatchObject({
      status: 409,
      body: { code: 'feature_store_read_only' },
    });
    expect(await ask('feature-stores/postgres/online-features', { features: ['driver:trips'], rows: [{ rider: 1 }] })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('driver_id') },
    });
  });

  it('asks for the scope of each act', async () => {
    const serves = await world.key(['features:serve']);
    const body = { features: ['driver:trips'], rows: [{ driver_id: 1 }] };
    expect((await world.post('feature-stores/memory/online-features', body, serves)).status).toBe(200);
    expect((await world.send('PUT', 'feature-stores/memory/views/other', view, serves)).status).toBe(403);
    expect((await world.post('feature-stores/memory/historical-features', body, serves)).status).toBe(403);
  });
});

describe('a look-up of an endpoint', () => {
  it.each(['postgres', 'memory'])('fills the column from %s by the key of each instance', async (store) => {
    await endpoint(`from-${store}`, lookup(store));
    const answer = await predict(`from-${store}`, [{ driver: 1 }, { driver: 1, x: 4 }, { driver: 2 }, { driver: 404 }], { features: true });
    expect([answer.status, valuesOf(answer)]).toEqual([200, [40, 8, 'NaN', 'NaN']]);
    expect(answer.body.features).toMatchObject({ store, columns: ['x'] });
    expect(answer.body.features?.rows.map(({ statuses }) => statuses[0])).toEqual(['present', 'given', 'null_value', 'not_found']);
  });

  it('leaves the section out when nobody asks, and points at the row without its key', async () => {
    const answer = await predict('from-memory', [{ driver: 1 }, {}]);
    expect([answer.body.features, answer.body.partial, valuesOf(answer)]).toEqual([undefined, true, [40, 'feature_key_missing']]);
    expect(answer.body.predictions[1]?.error?.pointer).toBe('/instances/1/driver');
    expect(await predict('from-memory', [{}])).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/instances/0/driver', code: 'feature_key_missing' }] },
    });
  });

  it('sees a new value at the next prediction', async () => {
    await write('postgres', [{ keys: { driver_id: 50 }, at: hoursAgo(1), values: { trips: 1 } }]);
    expect(valuesOf(await predict('from-postgres', [{ driver: 50 }]))).toEqual([2]);
    await write('postgres', [{ keys: { driver_id: 50 }, at: hoursAgo(0), values: { trips: 2 } }]);
    expect(valuesOf(await predict('from-postgres', [{ driver: 50 }]))).toEqual([4]);
  });

  it('is refused with pointers when the store, a view, a feature or a key is not there', async () => {
    const make = (look: object) =>
      world.post<ProblemAnswer>(
        'endpoints',
        { name: 'never', variants: [{ name: 'm', model: 'double', version: 1, share: 100 }], lookup: look },
        key,
      );
    expect(await make(lookup('oracle'))).toMatchObject({
      status: 422,
      body: { code: 'feature_lookup_invalid', errors: [{ pointer: '/lookup/store' }] },
    });
    expect(await make(lookup('memory', { features: [{ feature: 'driver:wings' }] }))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/lookup/features/0/feature' }] },
    });
    expect(await make(lookup('memory', { keys: { rider: 'r' } }))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/lookup/keys' }] },
    });
  });

  it('makes its endpoint a user of the plugin that brings the store', async () => {
    const { body } = await world.get<PluginDetail>('plugins/with-feature-store', key);
    expect(body.usedBy.map(({ kind, name }) => [kind, name])).toEqual([['endpoint', 'from-memory']]);
  });

  it('comes and goes by a change of the endpoint', async () => {
    await endpoint('changing', lookup('memory'));
    const off = await world.send<Endpoint>('PATCH', 'endpoints/changing', { lookup: null }, key);
    expect([off.status, off.body.lookup]).toEqual([200, null]);
    expect(await predict('changing', [{ driver: 1 }])).toMatchObject({ status: 422 });
    const on = await world.send<Endpoint>('PATCH', 'endpoints/changing', { lookup: lookup('memory') }, key);
    expect(on.body.lookup).toMatchObject({ store: 'memory', onFailure: 'fail' });
    expect(valuesOf(await predict('changing', [{ driver: 1 }]))).toEqual([40]);
    expect((await world.send<Endpoint>('PATCH', 'endpoints/changing', { description: 'same' }, key)).body.lookup).not.toBeNull();
  });
});

describe('a look-up whose store fails', () => {
  const setMood = async (settings: object): Promise<void> => {
    const plugin = await world.get<Plugin>('plugins/with-feature-store', key);
    const answer = await world.send<ProblemAnswer>('PUT', 'plugins/with-feature-store/settings', settings, key, {
      'if-match': `"r${plugin.body.revision}"`,
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    await until(async () => {
      const { body } = await world.get<Plugin>('plugins/with-feature-store', key);
      return body.processes.applied === body.processes.total && body.generation > plugin.body.generation;
    });
    // A new instance is an empty one.
    await put('feature-stores/memory/views/driver', view);
  };
  async function until(holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error('The state did not come.');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  it('refuses with Retry-After, or goes on with missing values where the endpoint says so', async () => {
    await endpoint('strict', lookup('memory'));
    await endpoint('lenient', lookup('memory', { onFailure: 'null' }));
    await setMood({ mood: 'down' });
    const refused = await predict('strict', [{ driver: 1 }]);
    expect(refused).toMatchObject({
      status: 503,
      body: { code: 'feature_store_unavailable', detail: expect.stringContaining('being moved') },
    });
    expect(refused.headers.get('retry-after')).toBe('7');
    const lenient = await predict('lenient', [{ driver: 1 }, { driver: 1, x: 3 }], { features: true });
    expect([lenient.status, valuesOf(lenient)]).toEqual([200, ['NaN', 6]]);
    expect(lenient.body.features?.rows.map(({ statuses }) => statuses[0])).toEqual(['unavailable', 'given']);
  });

  it('gives up a slow store at the deadline of the look-up', async () => {
    await setMood({ delayMs: 20_000 });
    await endpoint('hurried', lookup('memory', { timeoutMs: 50 }));
    const started = Date.now();
    expect(await predict('hurried', [{ driver: 1 }])).toMatchObject({ status: 503 });
    expect(Date.now() - started).toBeLessThan(5_000);
    // More than enough for a quarantine, if a caller's hurry counted against the plugin.
    await Promise.all(Array.from({ length: 30 }, () => predict('hurried', [{ driver: 1 }])));
    expect((await world.get<Plugin>('plugins/with-feature-store', key)).body.state).toBe('active');
  });

  it('never takes an answer with too few rows for that of other entities', async () => {
    await setMood({ mood: 'shifts' });
    expect(await predict('strict', [{ driver: 1 }, { driver: 2 }])).toMatchObject({ status: 503 });
  });

  it('refuses, and serves given values, while the plugin is switched off', async () => {
    await world.post('plugins/with-feature-store/disable', {}, key);
    await until(async () => (await world.get<FeatureStoreInfo>('feature-stores/memory', key)).body.state === 'disabled');
    const refused = await predict('strict', [{ driver: 1 }]);
    expect(refused).toMatchObject({ status: 503, body: { code: 'feature_store_unavailable' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(valuesOf(await predict('strict', [{ driver: 1, x: 3 }]))).toEqual([6]);
    expect(
      await world.post<ProblemAnswer>(
        'feature-stores/memory/online-features',
        { features: ['driver:trips'], rows: [{ driver_id: 1 }] },
        key,
      ),
    ).toMatchObject({
      status: 409,
      body: { code: 'plugin_not_active' },
    });
  });
});
