import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PluginManifest, type FeatureRow, type FeatureStore, type Provided } from '@crisol/plugin-api';
import { createPluginHarness, describeContract, featureStoreContract, makeFakes, type FeatureStoreSubject } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { isThere, startRedis, type TestRedis } from '../test/start-redis.js';
import plugin from './plugin.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const never = (): AbortSignal => new AbortController().signal;
const view = {
  name: 'driver',
  entities: ['driver_id'],
  features: [
    { name: 'trips', type: 'number' as const },
    { name: 'city', type: 'text' as const },
  ],
  maxAgeSeconds: 86_400,
};
const row = (id: number | string, at: number, values: FeatureRow['values']): FeatureRow => ({ keys: { driver_id: id }, at, values });
const valuesOf = (rows: readonly (readonly { value: unknown; status: string }[])[]) =>
  rows.map((cells) => cells.map(({ value, status }) => value ?? status));

/** Skipped by name where the machine has no redis-server. */
const withRedis = isThere() ? describe : describe.skip;

withRedis(isThere() ? 'on a real redis-server' : 'on a real redis-server, which is not installed here', () => {
  let redis: TestRedis;
  const opened: Provided[] = [];
  let prefixes = 0;
  beforeAll(async () => {
    redis = await startRedis();
  }, 30_000);
  afterAll(async () => {
    for (const one of opened) await one.dispose?.();
    await redis?.stop();
  }, 30_000);

  const settings = (more: object = {}) => ({ url: redis.url, keyPrefix: `test-${prefixes++}:`, ...more });
  /** Keeps what `setup` gave, so that its connection ends with the tests. */
  const kept = { ...plugin, setup: (context: Parameters<typeof plugin.setup>[0]) => keep(plugin.setup(context)) };
  function keep(provided: Provided): Provided {
    opened.push(provided);
    return provided;
  }
  function open(more: object = {}): { store: Required<FeatureStore>; provided: Provided } {
    const { provided } = createPluginHarness(kept, { settings: settings(more) });
    const [store] = provided.featureStores ?? [];
    if (!store?.defineView || !store.write) throw new Error('no writable store');
    return { provided, store: { ...store, defineView: store.defineView, write: store.write } };
  }

  describeContract({ describe, it }, featureStoreContract, {
    create: (): FeatureStoreSubject => ({
      plugin: kept,
      manifest: PluginManifest.parse(crisol),
      settings: settings(),
      broken: { settings: settings({ url: 'redis://127.0.0.1:1', connectTimeoutMs: 500 }) },
      now: makeFakes().clock.now(),
      async seed(store, rows) {
        await store.defineView?.(view, never());
        for (const { driver_id, at, trips, city } of rows) await store.write?.('driver', [row(driver_id, at, { trips, city })], never());
      },
    }),
    capabilities: ['write', 'check'],
  });

  it('keeps an older row from replacing a newer value, whatever order many writers come in', async () => {
    const { store } = open();
    await store.defineView(view, never());
    const order = Array.from({ length: 200 }, (_, n) => (n * 73) % 200);
    await Promise.all(order.map((n) => store.write('driver', [row(1, NOW + n, { trips: n })], never())));
    expect(valuesOf(await store.readOnline(['driver:trips'], [{ driver_id: 1 }], never()))).toEqual([[199]]);
    const past = await store.readAsOf(
      ['driver:trips'],
      [0, 57, 199].map((n) => ({ keys: { driver_id: 1 }, at: NOW + n })),
      never(),
    );
    expect(valuesOf(past)).toEqual([[0], [57], [199]]);
  });

  it('lets the later written of two rows at one time hold, and gives each feature its own time', async () => {
    const { store } = open();
    await store.defineView(view, never());
    await store.write(
      'driver',
      [row(1, NOW - HOUR, { trips: 1, city: 'Lima' }), row(1, NOW, { trips: 2 }), row(1, NOW, { trips: 3 })],
      never(),
    );
    const features = ['driver:trips', 'driver:city'];
    expect(await store.readOnline(features, [{ driver_id: '1' }], never())).toEqual([
      [
        { value: 3, status: 'present', eventTime: NOW },
        { value: 'Lima', status: 'present', eventTime: NOW - HOUR },
      ],
    ]);
    expect(valuesOf(await store.readAsOf(features, [{ keys: { driver_id: 1 }, at: NOW }], never()))).toEqual([[3, 'Lima']]);
  });

  it('keeps every digit of a number, and texts with colons and quotes', async () => {
    const { store } = open();
    await store.defineView(view, never());
    const trips = 0.1 + 0.2;
    await store.write('driver', [row(1, NOW, { trips, city: 'a:"b"\u0000ñ' })], never());
    expect(valuesOf(await store.readOnline(['driver:trips', 'driver:city'], [{ driver_id: 1 }], never()))).toEqual([
      [trips, 'a:"b"\u0000ñ'],
    ]);
  });

  it('drops history before its days, but the newest value of before stays', async () => {
    const { store } = open({ historyDays: 10 });
    await store.defineView({ ...view, maxAgeSeconds: null }, never());
    await store.write(
      'driver',
      [row(1, NOW - 30 * DAY, { trips: 1 }), row(1, NOW - 20 * DAY, { trips: 2 }), row(1, NOW, { trips: 3 })],
      never(),
    );
    const read = (days: number) => store.readAsOf(['driver:trips'], [{ keys: { driver_id: 1 }, at: NOW - days * DAY }], never());
    expect([await read(25), await read(15), await read(0)].map(valuesOf)).toEqual([[['not_found']], [[2]], [[3]]]);
  });

  it('says how to get history where it keeps none', async () => {
    const { store } = open({ historyDays: 0 });
    await store.defineView(view, never());
    await store.write('driver', [row(1, NOW, { trips: 1 })], never());
    expect(valuesOf(await store.readOnline(['driver:trips'], [{ driver_id: 1 }], never()))).toEqual([[1]]);
    await expect(store.readAsOf(['driver:trips'], [{ keys: { driver_id: 1 }, at: NOW }], never())).rejects.toMatchObject({
      code: 'rejected',
      message: expect.stringContaining('keeps no history'),
    });
  });

  it('goes on after the server forgot its scripts', async () => {
    const { store } = open();
    await store.defineView(view, never());
    await store.write('driver', [row(1, NOW, { trips: 1 })], never());
    await redis.command('SCRIPT FLUSH');
    await store.write('driver', [row(1, NOW, { trips: 2 })], never());
    expect(valuesOf(await store.readOnline(['driver:trips'], [{ driver_id: 1 }], never()))).toEqual([[2]]);
  });

  it('reads ten thousand entities in one call', async () => {
    const { store } = open();
    await store.defineView(view, never());
    const ids = Array.from({ length: 10_000 }, (_, id) => id);
    await store.write(
      'driver',
      ids.map((id) => row(id, NOW, { trips: id })),
      never(),
    );
    const read = await store.readOnline(
      ['driver:trips'],
      ids.map((id) => ({ driver_id: id })),
      never(),
    );
    expect(read.every(([cell], id) => cell?.value === id)).toBe(true);
  });

  it('tells a server that refuses from one that is not there', async () => {
    const wrong = open({ url: redis.url.replace('redis://', 'redis://nobody:secret-word@') });
    const refused = await wrong.store.listViews(never()).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'rejected' });
    expect(String(refused)).not.toContain('secret-word');
    const gone = open({ url: 'redis://127.0.0.1:1', connectTimeoutMs: 500 });
    await expect(gone.store.listViews(never())).rejects.toMatchObject({ code: 'retry' });
    await expect(gone.provided.check?.(never())).rejects.toMatchObject({ code: 'retry' });
  });

  it('ends a call that is aborted, and one that takes too long, while the server is silent', async () => {
    const { store } = open({ commandTimeoutMs: 100 });
    await store.listViews(never());
    await redis.command('CLIENT PAUSE 400 ALL');
    const abort = new AbortController();
    const reading = store.listViews(abort.signal);
    abort.abort();
    await expect(reading).rejects.toBe(abort.signal.reason);
    await expect(store.listViews(never())).rejects.toMatchObject({ code: 'retry' });
  });

  it('counts its views in the check, and refuses calls after dispose', async () => {
    const { provided, store } = open();
    await store.defineView(view, never());
    expect(await provided.check?.(never())).toEqual({ message: 'Redis answers; it holds 1 view.' });
    await provided.dispose?.();
    await expect(store.listViews(never())).rejects.toMatchObject({ code: 'retry' });
  });
});
