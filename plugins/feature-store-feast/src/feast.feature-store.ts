import {
  checkFeatureRow,
  entityKey,
  findView,
  PluginError,
  resolveFeatures,
  type EntityKeys,
  type FeatureRow,
  type FeatureStore,
  type FeatureValue,
  type PluginClock,
} from '@crisol/plugin-api';
import type { FeastClient, Frame } from './feast-client.js';
import { featureValue, toFeast } from './feast-values.js';
import type { FeastSettings, FeastView } from './feast.settings.js';

/** The host reads 64 kB of an answer; a cell with its status and time takes some 70 bytes, and texts more. */
const CELLS = 600;
/** Requests under way at once. */
const TOGETHER = 4;
const WRITE_ROWS = 500;

/** What one row of an answer says of each feature: the cell as Feast gave it. */
type Cells = ReadonlyMap<string, { readonly value: unknown; readonly status: string; readonly eventTimestamp: string }>;

/** The features of a Feast server. It is asked column by column and answers so; rows are put together here. */
export function feastFeatureStore(client: FeastClient, { views, writes }: FeastSettings, clock: PluginClock): FeatureStore {
  const store: FeatureStore = {
    name: 'feast',
    title: 'Feast',
    async listViews(signal) {
      signal.throwIfAborted();
      return views.map(({ name, entities, features, maxAgeSeconds }) => ({ name, entities, features, maxAgeSeconds }));
    },

    async readOnline(features, rows, signal) {
      signal.throwIfAborted();
      const resolved = resolveFeatures(views, features);
      const groups = [...Map.groupBy(resolved, ({ view }) => JSON.stringify(view.entities)).values()];
      const found: Cells[][] = [];
      for (const group of groups) {
        const asked = [...new Set(group.map(({ view, feature }) => `${view.name}:${feature}`))];
        const [first] = group;
        for (const { view } of group) for (const keys of rows) entityKey(view, keys);
        found.push(first ? await readAll(client, asked, first.view.entities, rows, signal) : []);
      }
      const groupOf = new Map(groups.flatMap((group, g) => group.map(({ view }) => [view, g] as const)));
      const now = clock.now();
      return rows.map((_, row) =>
        resolved.map(({ view, feature }) => {
          const cell = found[groupOf.get(view) ?? 0]?.[row]?.get(`${view.name}:${feature}`);
          if (!cell) throw new PluginError('rejected', `Feast's answer lacks ${view.name}:${feature}.`);
          return featureValue(view, feature, cell, now);
        }),
      );
    },

    async readAsOf(features, rows, signal) {
      signal.throwIfAborted();
      for (const { view } of resolveFeatures(views, features)) for (const { keys } of rows) entityKey(view, keys);
      throw new PluginError(
        'rejected',
        "A Feast server gives no history over HTTP. Make the training set with Feast's own get_historical_features and upload it as a data set.",
      );
    },
  };
  if (writes === 'off') return store;
  return {
    ...store,
    async write(name, rows, signal) {
      signal.throwIfAborted();
      const view = findView(views, name);
      if (rows.length === 0) return;
      for (const [index, row] of rows.entries()) checkRow(view, row, index);
      const newest = await newerThanOnline(client, view, newestOfEach(view, rows), signal);
      for (const frame of framesOf(view, newest)) {
        if (view.pushSource === undefined) await client.writeOnline(name, frame, signal);
        else await client.push(view.pushSource, frame, 'online', signal);
      }
      if (writes === 'online_and_offline' && view.pushSource !== undefined)
        for (const frame of framesOf(view, rows)) await client.push(view.pushSource, frame, 'offline', signal);
    },
  };
}

/** Asks for all rows, in as many requests as the size of an answer asks for. */
async function readAll(
  client: FeastClient,
  features: readonly string[],
  entities: readonly string[],
  rows: readonly EntityKeys[],
  signal: AbortSignal,
): Promise<Cells[]> {
  const size = Math.max(1, Math.floor(CELLS / (features.length + entities.length)));
  const chunks: (readonly EntityKeys[])[] = [];
  for (let from = 0; from < rows.length; from += size) chunks.push(rows.slice(from, from + size));
  const read: Cells[] = [];
  for (let from = 0; from < chunks.length; from += TOGETHER) {
    const answers = chunks.slice(from, from + TOGETHER).map((chunk) => readSome(client, features, entities, chunk, signal));
    read.push(...(await Promise.all(answers)).flat());
  }
  return read;
}

async function readSome(
  client: FeastClient,
  features: readonly string[],
  entities: readonly string[],
  rows: readonly EntityKeys[],
  signal: AbortSignal,
): Promise<Cells[]> {
  const frame = Object.fromEntries(entities.map((entity) => [entity, rows.map((keys) => keys[entity])]));
  const answer = await client.onlineFeatures(features, frame, signal);
  if (!answer) {
    if (rows.length === 1)
      throw new PluginError('rejected', `One row of ${features.length} features is larger than the host reads at once.`);
    const half = Math.ceil(rows.length / 2);
    return [
      ...(await readSome(client, features, entities, rows.slice(0, half), signal)),
      ...(await readSome(client, features, entities, rows.slice(half), signal)),
    ];
  }
  const columns = features.map((feature) => {
    const result = answer.results[answer.metadata.feature_names.indexOf(feature.replace(':', '__'))];
    if (result?.values.length !== rows.length)
      throw new PluginError(
        'rejected',
        `Feast's answer has ${result?.values.length ?? 'no'} values for the ${rows.length} rows of ${feature}.`,
      );
    return { feature, ...result };
  });
  return rows.map(
    (_, row) =>
      new Map(
        columns.map(({ feature, values, statuses, event_timestamps }) => [
          feature,
          { value: values[row], status: statuses[row] ?? 'INVALID', eventTimestamp: event_timestamps[row] ?? '' },
        ]),
      ),
  );
}

function checkRow(view: FeastView, row: FeatureRow, index: number): void {
  checkFeatureRow(view, row, index);
  const missing = view.features.filter(({ name }) => row.values[name] === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new PluginError(
      'invalid_input',
      `Row ${index}: Feast takes whole rows, and this one lacks ${missing.join(', ')}; null is a value.`,
    );
  // Its server drops a frame of nothing but nulls and says nothing of it.
  if (Object.values(row.values).every((value) => value === null))
    throw new PluginError('invalid_input', `Row ${index}: Feast keeps no row that is nothing but nulls.`);
}

/** The newest row of each entity; of two at one time the later. */
function newestOfEach(view: FeastView, rows: readonly FeatureRow[]): FeatureRow[] {
  const newest = new Map<string, FeatureRow>();
  for (const row of rows) {
    const entity = entityKey(view, row.keys);
    const before = newest.get(entity);
    if (!before || before.at <= row.at) newest.set(entity, row);
  }
  return [...newest.values()];
}

/** Several of Feast's online stores let an older row replace a newer one; what is older than the online value is left out here. */
async function newerThanOnline(
  client: FeastClient,
  view: FeastView,
  rows: readonly FeatureRow[],
  signal: AbortSignal,
): Promise<FeatureRow[]> {
  const [probe] = view.features;
  if (!probe) return [];
  const feature = `${view.name}:${probe.name}`;
  const keys = rows.map((row) => row.keys);
  const online = await readAll(client, [feature], view.entities, keys, signal);
  return rows.filter(({ at }, i) => {
    const cell = online[i]?.get(feature);
    const before = cell && cell.status !== 'NOT_FOUND' ? Date.parse(cell.eventTimestamp) : Number.NEGATIVE_INFINITY;
    // Feast tells its times in whole seconds.
    return !(before > at);
  });
}

/**
 * Frames to write. A column of a frame is all null or has no null: where both are mixed, pandas on the other side makes
 * numbers of it that lose digits, and loses the times.
 */
function framesOf(view: FeastView, rows: readonly FeatureRow[]): Frame[] {
  const alike = Map.groupBy(rows, ({ values }) => view.features.map(({ name }) => (values[name] === null ? 0 : 1)).join(''));
  return [...alike.values()].flatMap((group) => {
    const frames: Frame[] = [];
    for (let from = 0; from < group.length; from += WRITE_ROWS) {
      const chunk = group.slice(from, from + WRITE_ROWS);
      frames.push(
        Object.fromEntries<readonly unknown[]>([
          ...view.entities.map((entity) => [entity, chunk.map(({ keys }) => keys[entity])] as const),
          [view.timestampField, chunk.map(({ at }) => new Date(at).toISOString())] as const,
          ...view.features.map(({ name, type }) => [name, chunk.map(({ values }) => toFeast(valueOf(values, name), type))] as const),
        ]),
      );
    }
    return frames;
  });
}

function valueOf(values: FeatureRow['values'], name: string): FeatureValue['value'] {
  return values[name] ?? null;
}
