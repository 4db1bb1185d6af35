import { describe, expect, it } from '@jest/globals';
import { PluginError, type FeatureRow, type FeatureStore, type HttpAnswer, type PluginHttpClient } from '@crisol/plugin-api';
import { MemoryFeast } from '../test/memory-feast.js';
import { answerOf, recorded, RecordedFeast } from '../test/recorded-feast.js';
import { FeastClient } from './feast-client.js';
import { feastFeatureStore } from './feast.feature-store.js';
import { FeastSettings } from './feast.settings.js';
import plugin from './plugin.js';

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const never = (): AbortSignal => new AbortController().signal;
const all = ['conv_rate', 'trips', 'city', 'active', 'since'].map((name) => `driver_stats:${name}`);
const driverStats = {
  name: 'driver_stats',
  entities: ['driver_id'],
  features: [
    { name: 'conv_rate', type: 'number' },
    { name: 'trips', type: 'integer' },
    { name: 'city', type: 'text' },
    { name: 'active', type: 'boolean' },
    { name: 'since', type: 'timestamp' },
  ],
  maxAgeSeconds: 86_400,
};
const pairStats = { name: 'pair_stats', entities: ['driver_id', 'customer_id'], features: [{ name: 'trips', type: 'integer' }] };
const settingsOf = (more: object = {}) =>
  FeastSettings.parse({ url: 'https://feast.example.com/base/', views: [driverStats, pairStats], ...more });

function open(http: PluginHttpClient, more: object = {}): FeatureStore {
  const settings = settingsOf({ url: 'https://feast.example.com', ...more });
  return feastFeatureStore(new FeastClient(http, settings), settings, { now: () => NOW });
}
const answering = (answer: HttpAnswer | (() => HttpAnswer)): PluginHttpClient => ({
  request: async () => (typeof answer === 'function' ? answer() : answer),
});
const asRecorded = (name: string): PluginHttpClient => answering(answerOf(recorded(name).status, recorded(name).body));
const driver = (id: number | string) => ({ driver_id: id });

describe(feastFeatureStore, () => {
  it('says of a real answer what is present, null, too old and not found', async () => {
    const rows = await open(new RecordedFeast()).readOnline(all, [1001, 1002, 1003, 1004, 9999].map(driver), never());
    const since = '2020-02-29T12:30:00.000Z';
    expect(rows.map((row) => row.map(({ value, status }) => value ?? status))).toEqual([
      [0.25, 12, 'Lima', true, since],
      ['null_value', 'null_value', 'null_value', 'null_value', 'null_value'],
      ['outside_max_age', 'outside_max_age', 'outside_max_age', 'outside_max_age', 'outside_max_age'],
      [0.1 + 0.2, Number.MAX_SAFE_INTEGER, 'a "b"\nñ日', false, since],
      ['not_found', 'not_found', 'not_found', 'not_found', 'not_found'],
    ]);
    expect(rows.map(([cell]) => cell?.eventTime)).toEqual([NOW - HOUR, NOW - 2 * HOUR, NOW - 72 * HOUR, NOW - 3 * HOUR, null]);
  });

  it('asks views of different keys apart, each with its own', async () => {
    const bodies: unknown[] = [];
    const http: PluginHttpClient = {
      request: async (_method, _url, options) => {
        bodies.push(JSON.parse(String(options?.body)));
        throw new PluginError('retry', 'enough');
      },
    };
    const keys = { driver_id: 1001, customer_id: 'c:1', country: 'PE' };
    await expect(open(http).readOnline(['pair_stats:trips'], [keys], never())).rejects.toMatchObject({ code: 'retry' });
    expect(bodies).toEqual([
      { features: ['pair_stats:trips'], entities: { driver_id: [1001], customer_id: ['c:1'] }, full_feature_names: true },
    ]);
  });

  it.each([
    ['unknownView', 'rejected', 'Feature view nope does not exist in project crisol_conformance The views in the settings'],
    ['unknownFeature', 'invalid_input', 'Feature nope not found'],
    ['wrongKey', 'invalid_input', "invalid literal for int() with base 10: 'abc'"],
    ['badBody', 'rejected', '422'],
    ['unknownPushSource', 'rejected', "Unable to find push source 'nope'"],
  ])('reads the real refusal %s', async (name, code, words) => {
    await expect(open(asRecorded(name)).readOnline(['driver_stats:trips'], [driver(1)], never())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  it.each([
    [503, {}, 'retry'],
    [429, { 'retry-after': '9' }, 'retry'],
    [500, {}, 'retry'],
    [401, {}, 'rejected'],
    [403, {}, 'rejected'],
  ])('takes %d %j as %s', async (status, headers, code) => {
    const failing = open(answering(answerOf(status, '"no"', headers))).readOnline(['driver_stats:trips'], [driver(1)], never());
    await expect(failing).rejects.toMatchObject({ code, ...(status === 429 && { retryAfterSeconds: 9 }) });
  });

  it.each(['<html>', '{}', '{"metadata":{"feature_names":[]},"results":[]}'])('does not take %s for an answer', async (text) => {
    await expect(open(answering(answerOf(200, text))).readOnline(['driver_stats:trips'], [driver(1)], never())).rejects.toMatchObject({
      code: 'rejected',
    });
  });

  it('refuses to shift values when Feast gives fewer than rows', async () => {
    const short = asRecorded('textKeys');
    await expect(open(short).readOnline(['driver_stats:trips'], [driver(1), driver(2)], never())).rejects.toMatchObject({
      code: 'rejected',
    });
  });

  it('says which type is wrong when the settings and Feast differ', async () => {
    const views = [{ ...driverStats, features: [{ name: 'trips', type: 'text' }] }];
    await expect(open(asRecorded('textKeys'), { views }).readOnline(['driver_stats:trips'], [driver(1001)], never())).rejects.toMatchObject(
      {
        message: expect.stringContaining('Feast gives a number for driver_stats:trips, the settings say text'),
      },
    );
  });

  it('sends the token and takes a path before the own', async () => {
    const seen: { url: string; headers: unknown }[] = [];
    const http: PluginHttpClient = {
      request: async (_method, url, options) => {
        seen.push({ url, headers: options?.headers });
        return answerOf(recorded('textKeys').status, recorded('textKeys').body);
      },
    };
    const settings = settingsOf({ token: 'tok', timeoutMs: 700 });
    await feastFeatureStore(new FeastClient(http, settings), settings, { now: () => NOW }).readOnline(
      ['driver_stats:trips'],
      [driver('1001')],
      never(),
    );
    expect(seen[0]).toMatchObject({
      url: 'https://feast.example.com/base/get-online-features',
      headers: { authorization: 'Bearer tok', 'content-type': 'application/json' },
    });
  });

  it('says how to get history instead', async () => {
    await expect(open(new RecordedFeast()).readAsOf(['driver_stats:trips'], [{ keys: driver(1), at: NOW }], never())).rejects.toMatchObject(
      {
        code: 'rejected',
        message: expect.stringContaining('get_historical_features'),
      },
    );
  });

  it('takes no writes unless the settings say so', () => {
    expect(open(new RecordedFeast()).write).toBeUndefined();
    expect(open(new RecordedFeast(), { writes: 'online' }).write).toBeInstanceOf(Function);
  });
});

describe('writing to Feast', () => {
  const view = {
    name: 'driver',
    entities: ['driver_id'],
    features: [
      { name: 'trips', type: 'integer' },
      { name: 'since', type: 'timestamp' },
    ],
  };
  const row = (id: number, at: number, trips: number | null, since: string | null = null): FeatureRow => ({
    keys: driver(id),
    at,
    values: { trips, since },
  });
  const framesIn = (feast: MemoryFeast, path: string) =>
    feast.requests.filter((request) => request.path === path).map(({ body }) => JSON.parse(body));

  it('sends the newest row of each entity, and none that is older than what Feast has', async () => {
    const feast = new MemoryFeast();
    const store = open(feast, { views: [view], writes: 'online' });
    await store.write?.('driver', [row(1, NOW - 2 * HOUR, 1), row(1, NOW - HOUR, 2), row(2, NOW, 5)], never());
    await store.write?.('driver', [row(1, NOW - 9 * HOUR, 7)], never());
    expect(framesIn(feast, '/write-to-online-store')).toEqual([
      {
        feature_view_name: 'driver',
        df: {
          driver_id: [1, 2],
          event_timestamp: ['2025-12-31T23:00:00.000Z', '2026-01-01T00:00:00.000Z'],
          trips: [2, 5],
          since: [null, null],
        },
      },
    ]);
  });

  it('never mixes nulls and values in one column, and gives times in seconds', async () => {
    const feast = new MemoryFeast();
    const store = open(feast, { views: [view], writes: 'online' });
    await store.write?.(
      'driver',
      [row(1, NOW, 1, '2020-01-01T00:00:00Z'), row(2, NOW, 2), row(3, NOW, 3, '2020-01-01T00:00:01.9Z')],
      never(),
    );
    expect(framesIn(feast, '/write-to-online-store').map(({ df }) => [df.driver_id, df.trips, df.since])).toEqual([
      [
        [1, 3],
        [1, 3],
        [1_577_836_800, 1_577_836_801],
      ],
      [[2], [2], [null]],
    ]);
  });

  it('pushes where a view has a push source, all rows to the offline store', async () => {
    const bodies: { to: string; df: { trips: number[] } }[] = [];
    const memory = new MemoryFeast();
    const http: PluginHttpClient = {
      request: async (method, url, options) => {
        if (!url.endsWith('/push')) return memory.request(method, url, options);
        bodies.push(JSON.parse(String(options?.body)));
        return answerOf(202, '');
      },
    };
    const store = open(http, { views: [{ ...view, pushSource: 'driver_push' }], writes: 'online_and_offline' });
    await store.write?.('driver', [row(1, NOW - HOUR, 1), row(1, NOW, 2)], never());
    expect(bodies.map(({ to, df }) => [to, df.trips])).toEqual([
      ['online', [2]],
      ['offline', [1, 2]],
    ]);
  });

  it('refuses part of a row, naming what it lacks, and an unknown view', async () => {
    const store = open(new MemoryFeast(), { views: [view], writes: 'online' });
    const part = { keys: driver(1), at: NOW, values: { trips: 1 } };
    await expect(store.write?.('driver', [part], never())).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('lacks since'),
    });
    await expect(store.write?.('driver', [row(1, NOW, null)], never())).rejects.toMatchObject({
      message: expect.stringContaining('nothing but nulls'),
    });
    await expect(store.write?.('rider', [part], never())).rejects.toMatchObject({ message: expect.stringContaining('There are: driver') });
  });
});

describe('reading many rows', () => {
  it('asks in pieces that the host reads, smaller ones where texts are long, and keeps the order', async () => {
    const feast = new MemoryFeast();
    const features = [{ name: 'city', type: 'text' }];
    const store = open(feast, { views: [{ name: 'driver', entities: ['driver_id'], features }], writes: 'online' });
    const ids = Array.from({ length: 1_000 }, (_, id) => id);
    await store.write?.(
      'driver',
      ids.map((id) => ({ keys: driver(id), at: NOW, values: { city: `${id}-${'x'.repeat(300)}` } })),
      never(),
    );
    const read = await store.readOnline(['driver:city'], ids.map(driver), never());
    expect(read.every(([cell], id) => String(cell?.value).startsWith(`${id}-`))).toBe(true);
  });

  it('says so when one row alone is too large', async () => {
    const tooLarge: PluginHttpClient = {
      request: () => Promise.reject(new PluginError('rejected', 'The answer is larger than 65536 bytes.')),
    };
    await expect(open(tooLarge).readOnline(['driver_stats:city'], [driver(1)], never())).rejects.toMatchObject({
      message: expect.stringContaining('larger than the host reads'),
    });
  });
});

describe('the settings', () => {
  const base = { url: 'https://feast.example.com', views: [driverStats] };
  it.each([
    [{ ...base, url: 'ftp://feast' }],
    [{ ...base, views: [] }],
    [{ ...base, views: [driverStats, driverStats] }],
    [{ ...base, writes: 'online_and_offline' }],
    [{ ...base, colour: 'red' }],
  ])('refuse %j', (wrong) => {
    expect(plugin.settings.safeParse(wrong).success).toBe(false);
  });
});
