import { describe, expect, it } from '@jest/globals';
import { PluginError, type PluginDatabase } from '@crisol/plugin-api';
import { FakeClock, FakeDatabase } from '@crisol/plugin-testing';
import { postgresFeatureStore } from './postgres.feature-store.js';
import { listViews, makeTables, readOnline } from './statements.sql.js';

const never = (): AbortSignal => new AbortController().signal;
const view = { name: 'driver', entities: ['driver_id'], features: [{ name: 'trips', type: 'number' as const }], maxAgeSeconds: null };
const definition = [{ definition: JSON.stringify(view) }];
const sqlOf = (database: FakeDatabase) => database.statements.map(({ sql }) => sql);

describe(postgresFeatureStore, () => {
  it('makes its tables before the first statement and only once', async () => {
    const database = new FakeDatabase();
    const store = postgresFeatureStore(database, new FakeClock());
    await Promise.all([store.listViews(never()), store.listViews(never())]);
    expect(sqlOf(database)).toEqual([makeTables, listViews, listViews]);
  });

  it('tries to make its tables again after a failure', async () => {
    const fake = new FakeDatabase();
    let down = true;
    const database: PluginDatabase = {
      query: (sql, parameters) => (down ? Promise.reject(new PluginError('retry', 'starting')) : fake.query(sql, parameters)),
    };
    const store = postgresFeatureStore(database, new FakeClock());
    await expect(store.listViews(never())).rejects.toMatchObject({ code: 'retry' });
    down = false;
    expect(await store.listViews(never())).toEqual([]);
  });

  it('asks for its views at most every two seconds while it knows those that it is asked for', async () => {
    const database = new FakeDatabase();
    const clock = new FakeClock();
    const store = postgresFeatureStore(database, clock);
    const read = () => store.readOnline(['driver:trips'], [{ driver_id: 1 }], never());
    database.answers.push([], definition, [], []);
    await read();
    await read();
    expect(sqlOf(database)).toEqual([makeTables, listViews, readOnline, readOnline]);
    clock.advance(2_000);
    database.answers.push(definition);
    await read();
    expect(sqlOf(database).slice(4)).toEqual([listViews, readOnline]);
  });

  it('looks again for a view that it does not know', async () => {
    const database = new FakeDatabase();
    const store = postgresFeatureStore(database, new FakeClock());
    await store.listViews(never());
    database.answers.push(definition, [{ n: 0, feature: 'trips', value: '3', at: 5 }]);
    expect(await store.readOnline(['driver:trips'], [{ driver_id: 1 }], never())).toEqual([
      [{ value: 3, status: 'present', eventTime: 5 }],
    ]);
  });
});
