import { describe, expect, it } from '@jest/globals';
import type { FeatureStore, FeatureValue } from '@crisol/plugin-api';
import type { PluginHost, ProvidedFeatureStore } from '../platform/plugins/plugin-host.js';
import { FeatureVectorReader } from './feature-vector-reader.js';

const cell: FeatureValue = { value: 1, status: 'present', eventTime: 0 };

function open(readOnline: FeatureStore['readOnline']) {
  const calls: { readonly deadlineMs: number; readonly outcome: Promise<unknown> }[] = [];
  const call = <T>(_plugin: string, _operation: string, deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const outcome = work(new AbortController().signal);
    calls.push({ deadlineMs, outcome });
    return outcome;
  };
  const featureStore: FeatureStore = {
    name: 'memory',
    title: 'Memory',
    listViews: () => Promise.resolve([]),
    readAsOf: () => Promise.resolve([]),
    readOnline,
  };
  // The reader asks its host for nothing but calls.
  const reader = new FeatureVectorReader({ call } as unknown as PluginHost);
  const store: ProvidedFeatureStore = { pluginId: 'p', featureStore };
  return { reader, store, calls };
}
const untilAborted: FeatureStore['readOnline'] = (_features, _rows, signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('whatever a plugin throws then'))));

describe(FeatureVectorReader.name, () => {
  it('gives a vector for each row', async () => {
    const { reader, store } = open((features, rows) => Promise.resolve(rows.map(() => features.map(() => cell))));
    expect(await reader.readOnlineWithin(store, ['a:b', 'a:c'], [{ id: 1 }, { id: 2 }], 1_000)).toEqual([
      [cell, cell],
      [cell, cell],
    ]);
  });

  it.each([
    ['rows', [[cell, cell]]],
    ['features', [[cell], [cell]]],
  ])('refuses an answer with too few %s', async (_what, answer) => {
    const { reader, store } = open(() => Promise.resolve(answer));
    const asked = [
      ['a:b', 'a:c'],
      [{ id: 1 }, { id: 2 }],
    ] as const;
    await expect(reader.readOnlineWithin(store, ...asked, 1_000)).rejects.toMatchObject({ code: 'plugin_call_failed' });
    await expect(reader.readOnline(store, ...asked, 1_000)).rejects.toMatchObject({ code: 'plugin_call_failed' });
  });

  it('ends at the budget, tells the plugin to stop, and leaves its own deadline for later', async () => {
    const { reader, store, calls } = open(untilAborted);
    await expect(reader.readOnlineWithin(store, ['a:b'], [{ id: 1 }], 5)).rejects.toMatchObject({
      code: 'plugin_timed_out',
      message: 'The feature store memory did not answer within 5 ms.',
    });
    expect(calls[0]?.deadlineMs).toBe(5_005);
  });

  it('hands the guard the spent budget, not what the plugin threw for it, so that no fault is counted', async () => {
    const { reader, store, calls } = open(untilAborted);
    await expect(reader.readOnlineWithin(store, ['a:b'], [{ id: 1 }], 5)).rejects.toThrow();
    await expect(calls[0]?.outcome).rejects.toMatchObject({ code: 'plugin_timed_out' });
  });

  it('ends at the budget also when the plugin does not listen', async () => {
    const { reader, store } = open(() => new Promise(() => undefined));
    await expect(reader.readOnlineWithin(store, ['a:b'], [{ id: 1 }], 5)).rejects.toMatchObject({ code: 'plugin_timed_out' });
  });

  it('lets a fault within the budget stay the fault that it is', async () => {
    const { reader, store } = open(() => Promise.reject(new TypeError('theirs')));
    await expect(reader.readOnlineWithin(store, ['a:b'], [{ id: 1 }], 1_000)).rejects.toThrow(TypeError);
  });
});
