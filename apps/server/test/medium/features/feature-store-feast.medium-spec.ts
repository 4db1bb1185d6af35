import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Clock, HttpClient, type FeatureStore, type Provided } from '@crisol/plugin-api';
import { prepareFeast, startFeast, type RunningFeast } from '../../../../../conformance/feast/start-feast.mjs';
import plugin from '../../../../../plugins/feature-store-feast/src/plugin.js';
import { GuardedHttpClient } from '../../../src/platform/plugins/http-guard/guarded-http-client.js';

// Real servers on a machine that may be busy.
jest.setTimeout(60_000);

const missing = prepareFeast();
const NOW = 1_767_225_600_000;
const HOUR = 3_600_000;
const never = (): AbortSignal => new AbortController().signal;
const views = [
  {
    name: 'driver_stats',
    entities: ['driver_id'],
    features: [
      { name: 'conv_rate', type: 'number' },
      { name: 'trips', type: 'integer' },
      { name: 'city', type: 'text' },
      { name: 'active', type: 'boolean' },
      { name: 'since', type: 'timestamp' },
    ],
    maxAgeSeconds: null as number | null,
  },
  { name: 'pair_stats', entities: ['driver_id', 'customer_id'], features: [{ name: 'trips', type: 'integer' }], maxAgeSeconds: null },
];
const all = ['conv_rate', 'trips', 'city', 'active', 'since'].map((name) => `driver_stats:${name}`);

(missing === null ? describe : describe.skip)(
  missing === null ? 'on a real Feast server' : `on a real Feast server, which is not here: ${missing}`,
  () => {
    let feast: RunningFeast;
    const http = new GuardedHttpClient({ hosts: ['*'], allowPrivateAddresses: true });
    beforeAll(async () => {
      feast = await startFeast(NOW / 1000);
    }, 180_000);
    afterAll(async () => {
      await http.close();
      await feast?.stop();
    }, 60_000);

    function open(more: object = {}): { store: FeatureStore; provided: Provided } {
      const known = new Map<string, unknown>([
        [HttpClient.id, http],
        [Clock.id, { now: () => NOW }],
      ]);
      const refs = Object.entries(plugin.uses).map(([name, ref]) => [name, known.get(ref.id)]);
      const settings = plugin.settings.parse({ url: feast.url, views, timeoutMs: 20_000, ...more });
      const provided = plugin.setup({ ...Object.fromEntries(refs), settings });
      const [store] = provided.featureStores ?? [];
      if (!store) throw new Error('no store');
      return { store, provided };
    }
    /** What Feast's own client says, in our words: nulls are told apart, and times of what is not there are none. */
    async function own(features: readonly string[], entities: Record<string, readonly unknown[]>) {
      const columns = await feast.ask(features, entities);
      return (entities['driver_id'] ?? []).map((_, row) =>
        features.map((feature) => {
          const { values, statuses, eventTimes } = columns[feature.replace(':', '__')] ?? { values: [], statuses: [], eventTimes: [] };
          const present = statuses[row] === 'PRESENT';
          const value = values[row] ?? null;
          return {
            value: feature.endsWith(':since') && typeof value === 'string' ? new Date(value).toISOString() : value,
            status: !present ? 'not_found' : value === null ? 'null_value' : 'present',
            eventTime: present ? eventTimes[row] : null,
          };
        }),
      );
    }

    it("answers as Feast's own client does for the same entities, missing ones included", async () => {
      const ids = [1001, 9999, 1002, 1003, 1004, 1001];
      const { store } = open();
      const answer = await store.readOnline(
        all,
        ids.map((id) => ({ driver_id: id })),
        never(),
      );
      expect(answer).toEqual(await own(all, { driver_id: ids }));
      expect(answer.map(([cell]) => cell?.status)).toEqual(['present', 'not_found', 'null_value', 'present', 'present', 'present']);
    });

    it('answers views of one and of two keys in one call, as Feast does', async () => {
      const keys = { driver_id: [1001, 1001, 1004], customer_id: ['c:1', 'c:2', 'c:1'] };
      const features = ['pair_stats:trips', 'driver_stats:city'];
      const rows = keys.driver_id.map((id, i) => ({ driver_id: id, customer_id: keys.customer_id[i] ?? '' }));
      expect(await open().store.readOnline(features, rows, never())).toEqual(await own(features, keys));
    });

    it('applies the age of the view, which Feast does not', async () => {
      const aged = views.map((view) => ({ ...view, maxAgeSeconds: 86_400 }));
      const read = await open({ views: aged }).store.readOnline(
        ['driver_stats:trips'],
        [{ driver_id: 1003 }, { driver_id: 1001 }],
        never(),
      );
      expect(read.map(([cell]) => cell?.status)).toEqual(['outside_max_age', 'present']);
    });

    it('asks for ten thousand entities in pieces', async () => {
      const ids = Array.from({ length: 10_000 }, (_, i) => (i % 2 ? 1001 : 9_000 + i));
      const read = await open().store.readOnline(
        ['driver_stats:trips'],
        ids.map((id) => ({ driver_id: id })),
        never(),
      );
      expect(read.every(([cell], i) => cell?.value === (i % 2 ? 12 : null))).toBe(true);
    }, 60_000);

    it.each([
      ['straight to the online store', {}],
      [
        'through the push source',
        { views: views.map((view) => (view.name === 'driver_stats' ? { ...view, pushSource: 'driver_stats_push' } : view)) },
      ],
    ])('writes rows %s, each value as it was, and no older one over a newer', async (_how, more) => {
      const { store } = open({ ...more, writes: 'online' });
      const id = 'views' in more ? 501 : 601;
      const values = {
        conv_rate: 0.1 + 0.2,
        trips: Number.MAX_SAFE_INTEGER,
        city: 'Ñuñoa',
        active: false,
        since: '2020-02-29T12:30:00.000Z',
      };
      const empty = { ...values, trips: null, city: null, active: null, since: null };
      await store.write?.(
        'driver_stats',
        [
          { keys: { driver_id: id }, at: NOW - HOUR, values },
          { keys: { driver_id: id + 1 }, at: NOW - HOUR, values: empty },
        ],
        never(),
      );
      await store.write?.('driver_stats', [{ keys: { driver_id: id }, at: NOW - 9 * HOUR, values: { ...values, trips: 1 } }], never());
      const [written, nulls] = await store.readOnline(all, [{ driver_id: id }, { driver_id: id + 1 }], never());
      expect(written?.map(({ value }) => value)).toEqual(Object.values(values));
      expect(nulls?.map(({ status }) => status)).toEqual(['present', 'null_value', 'null_value', 'null_value', 'null_value']);
      expect([written, nulls]).toEqual(await own(all, { driver_id: [id, id + 1] }));
    });

    it('checks views and features, and says which one Feast does not know', async () => {
      expect(await open().provided.check?.(never())).toEqual({ message: 'Feast answers, and knows the 2 views with all features.' });
      const [first] = views;
      const wrong = open({ views: [{ ...first, features: [{ name: 'wings', type: 'integer' }] }] });
      await expect(wrong.provided.check?.(never())).rejects.toMatchObject({ message: expect.stringContaining('wings') });
      const absent = open({ views: [{ ...first, name: 'absent' }] });
      await expect(absent.provided.check?.(never())).rejects.toMatchObject({
        code: 'rejected',
        message: expect.stringContaining('absent'),
      });
    });

    it('says that the server is not there', async () => {
      await expect(open({ url: 'http://127.0.0.1:1' }).provided.check?.(never())).rejects.toMatchObject({ code: 'retry' });
    });
  },
);
