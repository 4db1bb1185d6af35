import {
  PluginError,
  type EntityKeys,
  type FeatureRow,
  type FeatureStore,
  type FeatureValue,
  type FeatureViewInfo,
} from '@crisol/plugin-api';
import type { DriverRow, FeatureStoreSubject } from '../kits/feature-store/subject.js';
import { referenceSubject, type Change } from './reference-plugin.js';

const NOW = Date.UTC(2026, 0, 10);
const fits: Readonly<Record<FeatureViewInfo['features'][number]['type'], (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  text: (value) => typeof value === 'string',
  timestamp: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};

/** Views and rows in memory. */
class Shelf {
  private readonly views = new Map<string, FeatureViewInfo>();
  /** By view and key; ascending by time. */
  private readonly rows = new Map<string, FeatureRow[]>();

  list(): FeatureViewInfo[] {
    return [...this.views.values()];
  }

  define(view: FeatureViewInfo): void {
    this.views.set(view.name, structuredClone(view));
  }

  put(name: string, rows: readonly FeatureRow[]): void {
    const view = this.view(name);
    for (const row of rows) this.ensureFits(view, row);
    for (const row of rows) {
      const place = this.placeOf(view, row.keys);
      const others = (this.rows.get(place) ?? []).filter(({ at }) => at !== row.at);
      this.rows.set(
        place,
        [...others, structuredClone(row)].sort((a, b) => a.at - b.at),
      );
    }
  }

  at(feature: string, keys: EntityKeys, at: number): FeatureValue {
    const [viewName = '', name = ''] = feature.split(':');
    const view = this.view(viewName);
    if (!view.features.some((one) => one.name === name))
      throw new PluginError('invalid_input', `The view ${viewName} has no feature ${name}.`);
    const seen = this.rows.get(this.placeOf(view, keys))?.findLast((row) => row.at <= at);
    if (!seen) return { value: null, status: 'not_found', eventTime: null };
    if (view.maxAgeSeconds && at - seen.at > view.maxAgeSeconds * 1_000)
      return { value: null, status: 'outside_max_age', eventTime: seen.at };
    const value = seen.values[name] ?? null;
    return { value, status: value === null ? 'null_value' : 'present', eventTime: seen.at };
  }

  private view(name: string): FeatureViewInfo {
    const view = this.views.get(name);
    if (!view)
      throw new PluginError('invalid_input', `There is no view ${name}; there are ${[...this.views.keys()].join(', ') || 'none'}.`);
    return view;
  }

  private placeOf(view: FeatureViewInfo, keys: EntityKeys): string {
    return JSON.stringify([view.name, ...view.entities.map((entity) => keys[entity])]);
  }

  private ensureFits(view: FeatureViewInfo, { keys, values }: FeatureRow): void {
    for (const entity of view.entities) if (keys[entity] === undefined) throw new PluginError('invalid_input', `A row has no ${entity}.`);
    for (const [name, value] of Object.entries(values)) {
      const feature = view.features.find((one) => one.name === name);
      if (!feature) throw new PluginError('invalid_input', `The view ${view.name} has no feature ${name}.`);
      if (value !== null && !fits[feature.type](value))
        throw new PluginError('invalid_input', `${name} is a ${feature.type}, not ${JSON.stringify(value)}.`);
    }
  }
}

function referenceStore(shelf: Shelf): FeatureStore {
  return {
    name: 'reference',
    title: 'Reference',
    async listViews(signal) {
      signal.throwIfAborted();
      return shelf.list();
    },
    async readOnline(features, rows, signal) {
      signal.throwIfAborted();
      return rows.map((keys) => features.map((feature) => shelf.at(feature, keys, NOW)));
    },
    async readAsOf(features, rows, signal) {
      signal.throwIfAborted();
      return rows.map(({ keys, at }) => features.map((feature) => shelf.at(feature, keys, at)));
    },
    async defineView(view, signal) {
      signal.throwIfAborted();
      shelf.define(view);
    },
    async write(view, rows, signal) {
      signal.throwIfAborted();
      shelf.put(view, rows);
    },
  };
}

const driverView: FeatureViewInfo = {
  name: 'driver',
  entities: ['driver_id'],
  features: [
    { name: 'trips', type: 'number' },
    { name: 'city', type: 'text' },
  ],
  maxAgeSeconds: 86_400,
};

export function featureStoreSubject(change: Change<FeatureStore> = (store) => store): FeatureStoreSubject {
  // The shelf of the store that `setup` made last, so that a broken write does not spoil what the reading cases find.
  let latest = new Shelf();
  return {
    ...referenceSubject('feature-store', () => {
      const shelf = new Shelf();
      latest = shelf;
      return { featureStores: [change(referenceStore(shelf))] };
    }),
    now: NOW,
    seed: (_store, rows) => {
      latest.define(driverView);
      latest.put('driver', rows.map(asFeatureRow));
      return Promise.resolve();
    },
  };
}
const asFeatureRow = ({ driver_id, at, ...values }: DriverRow): FeatureRow => ({ keys: { driver_id }, at, values });
export const featureStoreCapabilities = ['write', 'check'];
