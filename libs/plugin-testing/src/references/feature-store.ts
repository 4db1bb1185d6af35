import { permissions } from '../permissions.js';
import { definePlugin, PluginError, type FeatureStore, type FeatureValue, type PluginManifest } from '@crisol/plugin-api';
import type { DriverRow, FeatureStoreSubject } from '../kits/feature-store.contract.js';
import type { Change } from './notifier.js';

const manifest: PluginManifest = {
  id: 'reference-feature-store',
  kinds: ['feature-store'],
  api: '^1.0',
  permissions: permissions({ hosts: [] }),
};
const NOW = Date.UTC(2026, 0, 10);
const MAX_AGE_MS = 86_400_000;

/** The rows of each store, so that the subject can seed an instance without a method of its own. */
const rowsOf = new WeakMap<FeatureStore, DriverRow[]>();

function valueAt(rows: readonly DriverRow[], feature: string, id: unknown, at: number): FeatureValue {
  const name = feature.slice('driver:'.length);
  if (name !== 'trips' && name !== 'city') throw new PluginError('invalid_input', `There is no feature ${feature}.`);
  const seen = rows.filter((row) => row.driver_id === id && row.at <= at).sort((a, b) => b.at - a.at)[0];
  if (!seen) return { value: null, status: 'not_found', eventTime: null };
  if (at - seen.at > MAX_AGE_MS) return { value: null, status: 'outside_max_age', eventTime: seen.at };
  const value = seen[name];
  return { value, status: value === null ? 'null_value' : 'present', eventTime: seen.at };
}

function referenceStore(rows: readonly DriverRow[]): FeatureStore {
  return {
    name: 'reference',
    title: 'Reference',
    async listViews(signal) {
      signal.throwIfAborted();
      const features = [{ name: 'trips', type: 'number' } as const, { name: 'city', type: 'text' } as const];
      return [{ name: 'driver', entities: ['driver_id'], features }];
    },
    async readOnline(features, keys, signal) {
      signal.throwIfAborted();
      return keys.map(({ driver_id }) => features.map((feature) => valueAt(rows, feature, driver_id, NOW)));
    },
    async readAsOf(features, wanted, signal) {
      signal.throwIfAborted();
      return wanted.map(({ keys, at }) => features.map((feature) => valueAt(rows, feature, keys['driver_id'], at)));
    },
  };
}

export function featureStoreSubject(change: Change<FeatureStore> = (store) => store): FeatureStoreSubject {
  return {
    plugin: definePlugin({
      id: 'reference-feature-store',
      setup: () => {
        const rows: DriverRow[] = [];
        const store = change(referenceStore(rows));
        rowsOf.set(store, rows);
        return { featureStores: [store] };
      },
    }),
    manifest,
    now: NOW,
    seed: (store, rows) => {
      rowsOf.get(store)?.push(...rows);
      return Promise.resolve();
    },
  };
}
