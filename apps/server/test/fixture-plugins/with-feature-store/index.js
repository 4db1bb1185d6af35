import { agedValue, checkFeatureRow, checkView, definePlugin, entityKey, findView, PluginError, resolveFeatures } from '@crisol/plugin-api';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

// A store in memory, as slow or as broken as its settings say, and one that takes no writes.
export default definePlugin({
  id: 'with-feature-store',
  settings: z.strictObject({ delayMs: z.int().min(0).default(0), mood: z.enum(['good', 'down', 'throws', 'shifts']).default('good') }),
  setup({ settings }) {
    const store = memoryStore(settings);
    const { name: _name, title: _title, defineView: _defineView, write: _write, ...reads } = store;
    return { featureStores: [store, { name: 'read-only', title: 'Read only', ...reads }] };
  },
});

function memoryStore({ delayMs, mood }) {
  const views = new Map();
  const rows = [];
  const look = (view, entity, feature, at) =>
    rows.reduce((best, row) => {
      const fits = row.view === view.name && row.entity === entity && row.at <= at && Object.hasOwn(row.values, feature);
      return fits && (!best || best.at <= row.at) ? { at: row.at, value: row.values[feature] } : best;
    }, undefined);
  const read = async (features, wanted, signal) => {
    if (mood === 'down') throw new PluginError('retry', 'The store is being moved.', { retryAfterSeconds: 7 });
    if (mood === 'throws') throw new TypeError('a fault of the plugin');
    await delay(delayMs, undefined, { signal });
    const resolved = resolveFeatures([...views.values()], features);
    const answer = wanted.map(({ keys, at }) =>
      resolved.map(({ view, feature }) => agedValue(view, look(view, entityKey(view, keys), feature, at), at)),
    );
    return mood === 'shifts' ? answer.slice(1) : answer;
  };
  return {
    name: 'memory',
    title: 'In memory',
    listViews: () => Promise.resolve([...views.values()]),
    readOnline: (features, wanted, signal) =>
      read(
        features,
        wanted.map((keys) => ({ keys, at: Date.now() })),
        signal,
      ),
    readAsOf: read,
    defineView(view) {
      checkView(view, views.get(view.name));
      views.set(view.name, view);
      return Promise.resolve();
    },
    write(name, given) {
      const view = findView([...views.values()], name);
      given.forEach((row, index) => checkFeatureRow(view, row, index));
      for (const { keys, values, at } of given) rows.push({ view: name, entity: entityKey(view, keys), values, at });
      return Promise.resolve();
    },
  };
}
