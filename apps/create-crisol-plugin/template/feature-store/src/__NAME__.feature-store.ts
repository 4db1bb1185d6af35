import {
  agedValue,
  checkFeatureRow,
  checkView,
  entityKey,
  findView,
  resolveFeatures,
  type EntityKeys,
  type FeatureRow,
  type FeatureStore,
  type FeatureViewInfo,
  type PluginClock,
  type PluginKeyValue,
} from '@crisol/plugin-api';
import { z } from 'zod';
import type { Settings } from './__NAME__.settings.ts';

const Views = z.array(z.custom<FeatureViewInfo>()).default([]);
const History = z.array(z.custom<Pick<FeatureRow, 'at' | 'values'>>()).default([]);

/** Keeps views and the newest rows of each entity in the plugin's own storage. */
export function __CAMEL__Store({ history: most }: Settings, keyValue: PluginKeyValue, clock: PluginClock): FeatureStore {
  const views = async (signal: AbortSignal) => Views.parse(await keyValue.get('views', signal));
  const placeOf = (view: FeatureViewInfo, keys: EntityKeys): string => `rows/${view.name}/${entityKey(view, keys)}`;
  const historyAt = async (place: string, signal: AbortSignal) => History.parse(await keyValue.get(place, signal));
  // Each write reads, changes and writes an entity's history: one after the other.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const read = async (features: readonly string[], rows: readonly { keys: EntityKeys; at: number }[], signal: AbortSignal) => {
    signal.throwIfAborted();
    const resolved = resolveFeatures(await views(signal), features);
    const answerTo = async ({ keys, at }: { keys: EntityKeys; at: number }) =>
      Promise.all(
        resolved.map(async ({ view, feature }) => {
          const found = (await historyAt(placeOf(view, keys), signal)).findLast((row) => row.at <= at);
          return agedValue(view, found && { value: found.values[feature] ?? null, at: found.at }, at);
        }),
      );
    return Promise.all(rows.map(answerTo));
  };
  return {
    name: '__NAME__',
    title: '__TITLE__',
    async listViews(signal) {
      signal.throwIfAborted();
      return views(signal);
    },
    readOnline: (features, rows, signal) =>
      read(
        features,
        rows.map((keys) => ({ keys, at: clock.now() })),
        signal,
      ),
    readAsOf: read,
    async defineView(view, signal) {
      signal.throwIfAborted();
      await inTurn(async () => {
        const known = await views(signal);
        checkView(
          view,
          known.find(({ name }) => name === view.name),
        );
        await keyValue.set('views', [...known.filter(({ name }) => name !== view.name), view], signal);
      });
    },
    async write(name, rows, signal) {
      signal.throwIfAborted();
      const view = findView(await views(signal), name);
      rows.forEach((row, index) => checkFeatureRow(view, row, index));
      await inTurn(async () => {
        for (const { keys, at, values } of rows) {
          const place = placeOf(view, keys);
          const others = (await historyAt(place, signal)).filter((row) => row.at !== at);
          await keyValue.set(place, [...others, { at, values }].sort((a, b) => a.at - b.at).slice(-most), signal);
        }
      });
    },
  };
}
