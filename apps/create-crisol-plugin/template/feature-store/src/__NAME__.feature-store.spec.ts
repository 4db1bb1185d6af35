import { createPluginHarness } from '@crisol/plugin-testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

describe('__NAME__', () => {
  it('keeps as many rows of an entity as its settings say, the newest', async () => {
    const { provided, fakes } = createPluginHarness(plugin, { settings: { history: 2 } });
    const store = provided.featureStores?.[0];
    assert.ok(store?.defineView && store.write);
    const signal = new AbortController().signal;
    const now = fakes.clock.now();
    await store.defineView({ name: 'driver', entities: ['driver_id'], features: [{ name: 'trips', type: 'integer' }] }, signal);

    const rows = [1, 2, 3].map((trips) => ({ keys: { driver_id: 7 }, values: { trips }, at: now - 1_000 * (4 - trips) }));
    await store.write('driver', rows, signal);

    const first = rows[0]?.at ?? 0;
    const [[newest] = [], [old] = []] = await store.readAsOf(
      ['driver:trips'],
      [now, first].map((at) => ({ keys: { driver_id: 7 }, at })),
      signal,
    );
    assert.deepEqual([newest?.value, old?.status], [3, 'not_found']);
  });
});
