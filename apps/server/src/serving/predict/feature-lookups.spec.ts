import { describe, expect, it } from '@jest/globals';
import { FeatureLookup, type Signature } from '@crisol/contracts';
import type { EntityKeys, FeatureValue } from '@crisol/plugin-api';
import { FeatureVectorReader } from '../../features/feature-vector-reader.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import type { PluginHost, ProvidedFeatureStore } from '../../platform/plugins/plugin-host.js';
import { completeInstances, describeLookup, FeatureLookups, planLookup } from './feature-lookups.js';
import { InstanceEncoder } from './instance-encoder.js';
import { LookupMetrics } from './lookup-metrics.js';

const signature: Signature = {
  task: 'regression',
  target: 'y',
  labels: null,
  inputs: [
    { name: 'amount', type: 'number', nullable: false },
    { name: 'trips', type: 'number', nullable: false },
  ],
};
const encoder = new InstanceEncoder(signature, []);
const plan = (changes: object = {}) =>
  planLookup(
    FeatureLookup.parse({
      store: 'memory',
      keys: { driver_id: 'driver' },
      features: [{ feature: 'driver:trips' }, { feature: 'driver:city', as: 'town' }],
      ...changes,
    }),
  );
const at = Date.UTC(2026, 0, 1);
const present = (value: number | string): FeatureValue => ({ value, status: 'present', eventTime: at });

/** A store that gives driver n the trips 10 n. */
class FakeReader extends FeatureVectorReader {
  readonly calls: { features: readonly string[]; rows: readonly EntityKeys[]; budgetMs: number }[] = [];
  failure: ProblemError | undefined;
  active_ = true;
  constructor() {
    // Every method that a look-up calls stands below; the host is never asked.
    super(null as unknown as PluginHost);
  }
  override find(): ProvidedFeatureStore | undefined {
    return this.active_ ? ({ pluginId: 'p' } as ProvidedFeatureStore) : undefined;
  }
  override readOnlineWithin(_store: ProvidedFeatureStore, features: readonly string[], rows: readonly EntityKeys[], budgetMs: number) {
    this.calls.push({ features, rows, budgetMs });
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(rows.map((row) => [present(Number(row['driver_id']) * 10), present('Lima')]));
  }
}
function open() {
  const reader = new FakeReader();
  return { reader, lookups: new FeatureLookups(reader, new LookupMetrics()) };
}

describe(FeatureLookups.name, () => {
  it('reads all rows in one call, fills the columns that the version has, and leaves the keys out', async () => {
    const { reader, lookups } = open();
    const found = await lookups.find(plan({ timeoutMs: 30 }), [
      { amount: 1, driver: 1 },
      { amount: 2, driver: '2' },
    ]);
    expect(completeInstances(found, encoder)).toEqual([
      { amount: 1, trips: 10 },
      { amount: 2, trips: 20 },
    ]);
    expect(reader.calls).toEqual([
      { features: ['driver:trips', 'driver:city'], rows: [{ driver_id: 1 }, { driver_id: '2' }], budgetMs: 30 },
    ]);
  });

  it('lets a value that the instance gives win, null included', async () => {
    const { lookups } = open();
    const found = await lookups.find(plan(), [
      { amount: 1, driver: 1, trips: 7 },
      { amount: 1, driver: 1, trips: null },
    ]);
    expect(completeInstances(found, encoder).map(({ trips }) => trips)).toEqual([7, null]);
    expect(describeLookup(found).rows.map(({ statuses }) => statuses)).toEqual([
      ['given', 'present'],
      ['given', 'present'],
    ]);
  });

  it('asks nothing, and needs no key, when every column is given', async () => {
    const { reader, lookups } = open();
    const found = await lookups.find(plan(), [{ amount: 1, trips: 7, town: 'Ica' }]);
    expect([reader.calls, found.faults, completeInstances(found, encoder)]).toEqual([[], [undefined], [{ amount: 1, trips: 7 }]]);
  });

  it('marks the row whose key is missing or is none, and reads the others', async () => {
    const { reader, lookups } = open();
    const found = await lookups.find(plan(), [{ amount: 1 }, { amount: 1, driver: true }, { amount: 1, driver: 3 }]);
    expect(found.faults.map((fault) => fault && [fault.code, fault.column])).toEqual([
      ['feature_key_missing', 'driver'],
      ['feature_key_missing', 'driver'],
      undefined,
    ]);
    expect(reader.calls[0]?.rows).toEqual([{ driver_id: 3 }]);
    const encoded = encoder.encode(completeInstances(found, encoder), found.faults);
    expect([encoded.good, encoded.faults[0]?.code]).toEqual([[2], 'feature_key_missing']);
  });

  it('keeps a key that is a column of the model too', async () => {
    const { lookups } = open();
    const found = await lookups.find(plan({ keys: { driver_id: 'amount' } }), [{ amount: 4 }]);
    expect(completeInstances(found, encoder)).toEqual([{ amount: 4, trips: 40 }]);
  });

  it('refuses with what to wait for when the store fails', async () => {
    const { reader, lookups } = open();
    reader.failure = problem('plugin_call_failed', { detail: 'The store is being moved.', retryAfterSeconds: 7 });
    await expect(lookups.find(plan(), [{ driver: 1 }])).rejects.toMatchObject({
      code: 'feature_store_unavailable',
      status: 503,
      options: { retryAfterSeconds: 7 },
      message: expect.stringContaining('being moved'),
    });
  });

  it('says that the store is not active', async () => {
    const { reader, lookups } = open();
    reader.active_ = false;
    await expect(lookups.find(plan(), [{ driver: 1 }])).rejects.toMatchObject({
      code: 'feature_store_unavailable',
      options: { retryAfterSeconds: 5 },
    });
  });

  it('goes on with missing values when the endpoint chose so', async () => {
    const { reader, lookups } = open();
    reader.failure = problem('plugin_timed_out');
    const found = await lookups.find(plan({ onFailure: 'null' }), [{ amount: 1, driver: 1 }]);
    expect(completeInstances(found, encoder)).toEqual([{ amount: 1, trips: null }]);
    expect(describeLookup(found)).toEqual({
      store: 'memory',
      columns: ['trips', 'town'],
      rows: [{ statuses: ['unavailable', 'unavailable'], eventTimes: [null, null] }],
    });
  });

  it('does not hide a fault of ours as one of the store', async () => {
    const { reader, lookups } = open();
    reader.readOnlineWithin = () => Promise.reject(new TypeError('ours'));
    await expect(lookups.find(plan({ onFailure: 'null' }), [{ driver: 1 }])).rejects.toThrow(TypeError);
  });
});
