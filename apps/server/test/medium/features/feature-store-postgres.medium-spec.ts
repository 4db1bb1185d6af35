import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OwnDatabase, PluginError, PluginManifest, type FeatureRow, type FeatureStore, type PluginDatabase } from '@crisol/plugin-api';
import { createPluginHarness, describeContract, featureStoreContract, type FeatureStoreSubject } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import plugin from '../../../../../plugins/feature-store-postgres/src/plugin.js';
import { OwnSchema } from '../../../src/platform/database/own-schema.js';
import { startPostgres, type TestPostgres } from '../jobs/start-postgres.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

const manifest = PluginManifest.parse(
  JSON.parse(readFileSync(new URL('../../../../../plugins/feature-store-postgres/package.json', import.meta.url), 'utf8')).crisol,
);
const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const never = (): AbortSignal => new AbortController().signal;

let postgres: TestPostgres;
const opened: OwnSchema[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(async () => {
  for (const one of opened) {
    await one.drop();
    await one.close();
  }
  await postgres?.stop();
}, 60_000);

let schemas = 0;
function openDatabase(): PluginDatabase {
  const database = new OwnSchema({ connectionString: postgres.url }, `features-${process.pid}-${schemas++}`);
  opened.push(database);
  return database;
}
function storeOn(database: PluginDatabase): Required<FeatureStore> {
  const [store] = createPluginHarness(plugin, { refs: { [OwnDatabase.id]: database } }).provided.featureStores ?? [];
  if (!store?.defineView || !store.write) throw new Error('no writable store');
  return { ...store, defineView: store.defineView, write: store.write };
}
const driverView = (entities = ['driver_id']) => ({
  name: 'driver',
  entities,
  features: [
    { name: 'trips', type: 'number' as const },
    { name: 'city', type: 'text' as const },
  ],
  maxAgeSeconds: 86_400,
});
const row = (id: number | string, at: number, values: FeatureRow['values']): FeatureRow => ({ keys: { driver_id: id }, at, values });
const valuesOf = (rows: readonly (readonly { value: unknown; status: string }[])[]) =>
  rows.map((cells) => cells.map(({ value, status }) => value ?? status));

describeContract({ describe, it }, featureStoreContract, {
  create: (): FeatureStoreSubject => {
    const database = openDatabase();
    let down = false;
    const query: PluginDatabase['query'] = (...given) =>
      down ? Promise.reject(new PluginError('retry', 'The database cannot be reached.')) : database.query(...given);
    return {
      plugin,
      manifest,
      refs: { [OwnDatabase.id]: { query } },
      broken: {
        prepare: () => {
          down = true;
        },
      },
      now: NOW,
      async seed(store, rows) {
        await store.defineView?.(driverView(), never());
        for (const { driver_id, at, trips, city } of rows) await store.write?.('driver', [row(driver_id, at, { trips, city })], never());
      },
    };
  },
  capabilities: ['write', 'check'],
});

describe('feature-store-postgres', () => {
  it('gives each feature its own event time when rows bring only some of them', async () => {
    const store = storeOn(openDatabase());
    await store.defineView(driverView(), never());
    await store.write('driver', [row(1, NOW - 2 * HOUR, { trips: 1, city: 'Lima' }), row(1, NOW - HOUR, { trips: 2 })], never());
    const [online] = await store.readOnline(['driver:trips', 'driver:city'], [{ driver_id: 1 }], never());
    expect(online).toEqual([
      { value: 2, status: 'present', eventTime: NOW - HOUR },
      { value: 'Lima', status: 'present', eventTime: NOW - 2 * HOUR },
    ]);
    const past = await store.readAsOf(['driver:trips', 'driver:city'], [{ keys: { driver_id: 1 }, at: NOW - HOUR }], never());
    expect(valuesOf(past)).toEqual([[2, 'Lima']]);
  });

  it('lets the later written of two rows at one time hold, online and in history, within one write and between two', async () => {
    const store = storeOn(openDatabase());
    await store.defineView(driverView(), never());
    await store.write('driver', [row(1, NOW, { trips: 1, city: 'Lima' }), row(1, NOW, { trips: 2 })], never());
    await store.write('driver', [row(1, NOW, { city: 'Ica' })], never());
    expect(valuesOf(await store.readOnline(['driver:trips', 'driver:city'], [{ driver_id: 1 }], never()))).toEqual([[2, 'Ica']]);
    const past = await store.readAsOf(['driver:trips', 'driver:city'], [{ keys: { driver_id: 1 }, at: NOW }], never());
    expect(valuesOf(past)).toEqual([[2, 'Ica']]);
  });

  it('changes nothing when the same rows are written again, or in another order', async () => {
    const store = storeOn(openDatabase());
    await store.defineView(driverView(), never());
    const rows = [
      row(1, NOW - 2 * HOUR, { trips: 1, city: null }),
      row(1, NOW - HOUR, { trips: 2, city: 'Ica' }),
      row(2, NOW, { trips: 3 }),
    ];
    const look = () => store.readOnline(['driver:trips', 'driver:city'], [{ driver_id: 1 }, { driver_id: 2 }], never());
    await store.write('driver', rows, never());
    const before = await look();
    await store.write('driver', [...rows].reverse(), never());
    expect(await look()).toEqual(before);
  });

  it('takes a number and its text for one entity, and reads views of different entities in one call', async () => {
    const store = storeOn(openDatabase());
    await store.defineView(driverView(), never());
    const trips = [{ name: 'trips', type: 'integer' as const }];
    await store.defineView({ name: 'pair', entities: ['driver_id', 'rider_id'], features: trips, maxAgeSeconds: null }, never());
    await store.write('driver', [row('7', NOW, { trips: 70 })], never());
    await store.write('pair', [{ keys: { rider_id: 'a', driver_id: 7 }, at: NOW, values: { trips: 700 } }], never());
    const read = await store.readOnline(['driver:trips', 'pair:trips'], [{ driver_id: 7, rider_id: 'a' }], never());
    expect(valuesOf(read)).toEqual([[70, 700]]);
  });

  it('keeps values when a view gets another age or more features, and refuses other entities', async () => {
    const store = storeOn(openDatabase());
    await store.defineView(driverView(), never());
    await store.write('driver', [row(1, NOW - 48 * HOUR, { trips: 1 })], never());
    const read = () => store.readOnline(['driver:trips'], [{ driver_id: 1 }], never());
    expect(valuesOf(await read())).toEqual([['outside_max_age']]);
    await store.defineView({ ...driverView(), maxAgeSeconds: null }, never());
    expect(valuesOf(await read())).toEqual([[1]]);
    await expect(store.defineView(driverView(['region']), never())).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('refuses a view, a feature, a value and a text that it cannot keep, and writes nothing of them', async () => {
    const store = storeOn(openDatabase());
    await store.defineView(driverView(), never());
    const refused = (words: string) => ({ code: 'invalid_input', message: expect.stringContaining(words) });
    await expect(store.write('rider', [row(1, NOW, { trips: 1 })], never())).rejects.toMatchObject(refused('There are: driver'));
    await expect(store.write('driver', [row(1, NOW, { wings: 1 })], never())).rejects.toMatchObject(refused('no feature wings'));
    await expect(store.write('driver', [row(1, NOW, { trips: 1 }), row(2, NOW, { trips: 'x' })], never())).rejects.toMatchObject(
      refused('Row 1: trips must be of the type number'),
    );
    await expect(store.write('driver', [row(1, NOW, { city: 'a\u0000b' })], never())).rejects.toMatchObject(refused('character 0'));
    expect(valuesOf(await store.readOnline(['driver:trips'], [{ driver_id: 1 }], never()))).toEqual([['not_found']]);
  });

  it('lets twenty writers of the same entities go on at once', async () => {
    const database = openDatabase();
    await storeOn(database).defineView(driverView(), never());
    const entities = Array.from({ length: 50 }, (_, id) => id);
    await Promise.all(
      Array.from({ length: 20 }, (_, writer) => {
        const order = writer % 2 ? entities : [...entities].reverse();
        return storeOn(database).write(
          'driver',
          order.map((id) => row(id, NOW + writer, { trips: writer })),
          never(),
        );
      }),
    );
    const read = await storeOn(database).readOnline(
      ['driver:trips'],
      entities.map((id) => ({ driver_id: id })),
      never(),
    );
    expect(new Set(valuesOf(read).flat())).toEqual(new Set([19]));
  });

  it('makes its tables once when many come first at the same moment', async () => {
    const database = openDatabase();
    const lists = await Promise.all(Array.from({ length: 8 }, () => storeOn(database).listViews(never())));
    expect(lists).toEqual(Array.from({ length: 8 }, () => []));
  });

  it('reads by its indexes, ten thousand rows in one call', async () => {
    const database = openDatabase();
    const store = storeOn(database);
    await store.defineView(driverView(), never());
    const ids = Array.from({ length: 10_000 }, (_, id) => id);
    await store.write(
      'driver',
      ids.map((id) => row(id, NOW - HOUR, { trips: id, city: `c${id}` })),
      never(),
    );
    await database.query('analyze feature_online', []);
    const read = await store.readOnline(
      ['driver:trips', 'driver:city'],
      ids.map((id) => ({ driver_id: id })),
      never(),
    );
    expect(valuesOf(read).every(([trips, city], id) => trips === id && city === `c${id}`)).toBe(true);
    const { readOnline, readAsOf } = await import('../../../../../plugins/feature-store-postgres/src/statements.sql.js');
    for (const sql of [readOnline, readAsOf]) {
      const plan = await database.query(`explain ${sql}`, [
        JSON.stringify([{ n: 0, view: 'driver', entity: '["1"]', at: NOW, features: ['trips'] }]),
      ]);
      expect(JSON.stringify(plan)).toContain('feature_' + (sql === readOnline ? 'online' : 'history') + '_pkey');
      expect(JSON.stringify(plan)).not.toContain('Seq Scan');
    }
  });
});
