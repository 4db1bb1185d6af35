import {
  agedValue,
  checkFeatureRow,
  checkView,
  entityKey,
  findView,
  PluginError,
  resolveFeatures,
  type EntityKeys,
  type FeatureStore,
  type FeatureValue,
  type FeatureViewInfo,
  type PluginClock,
  type ResolvedFeature,
} from '@crisol/plugin-api';
import type { ChainableCommander } from 'ioredis';
import { z } from 'zod';
import type { RedisConnection } from './redis-connection.js';
import type { RedisSettings } from './redis.settings.js';

/** Another process may change a view; this one hears of it after that long. */
const VIEWS_MS = 2_000;
/** Rows sent in one go: some hundred kilobytes, and no long turn for the server. */
const CHUNK = 500;
const DAY_MS = 86_400_000;

const StoredView = z.object({
  name: z.string(),
  entities: z.array(z.string()),
  features: z.array(z.object({ name: z.string(), type: z.enum(['number', 'integer', 'boolean', 'text', 'timestamp']) })),
  maxAgeSeconds: z.number().nullable(),
});
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Texts = z.array(z.string().nullable());
type Cell = { readonly value: FeatureValue['value']; readonly at: number };

/** Features in Redis: a hash of the newest cells for each entity, and a sorted set by time for each of its features. */
export function redisFeatureStore(
  connection: RedisConnection,
  { keyPrefix, historyDays }: RedisSettings,
  clock: PluginClock,
): FeatureStore & Required<Pick<FeatureStore, 'defineView' | 'write'>> {
  let known: { readonly views: readonly FeatureViewInfo[]; readonly until: number } | undefined;
  const viewsKey = `${keyPrefix}views`;
  // In braces, so that in a cluster all keys of an entity lie on one node.
  const onlineKey = (view: string, entity: string): string => `${keyPrefix}online:{${view}:${entity}}`;
  const historyKey = (view: string, entity: string, feature: string): string => `${keyPrefix}history:{${view}:${entity}}:${feature}`;

  async function readViews(signal: AbortSignal): Promise<readonly FeatureViewInfo[]> {
    const [values] = await connection.send((pipeline) => pipeline.hvals(viewsKey), signal);
    const views = Texts.parse(values).map((text) => StoredView.parse(JSON.parse(text ?? '')));
    views.sort((a, b) => (a.name < b.name ? -1 : 1));
    known = { views, until: clock.now() + VIEWS_MS };
    return views;
  }

  /** The features with their views, from memory when it is fresh and knows them all. */
  async function resolve(features: readonly string[], signal: AbortSignal): Promise<ResolvedFeature[]> {
    if (known && clock.now() < known.until) {
      try {
        return resolveFeatures(known.views, features);
      } catch {
        // Another process may have made the view a moment ago.
      }
    }
    return resolveFeatures(await readViews(signal), features);
  }

  /** Reads in chunks: `ask` adds the commands of one row, `take` makes its cells of their answers. */
  async function inChunks<Row, Out>(
    rows: readonly Row[],
    signal: AbortSignal,
    perRow: number,
    ask: (pipeline: ChainableCommander, row: Row) => void,
    take: (answers: readonly unknown[], row: Row) => Out,
  ): Promise<Out[]> {
    const out: Out[] = [];
    for (let from = 0; from < rows.length; from += CHUNK) {
      const chunk = rows.slice(from, from + CHUNK);
      const answers = await connection.send((pipeline) => chunk.forEach((row) => ask(pipeline, row)), signal);
      chunk.forEach((row, n) => out.push(take(answers.slice(n * perRow, (n + 1) * perRow), row)));
    }
    return out;
  }

  return {
    name: 'redis',
    title: 'Redis',
    async listViews(signal) {
      signal.throwIfAborted();
      return readViews(signal);
    },

    async readOnline(features, rows, signal) {
      signal.throwIfAborted();
      const resolved = await resolve(features, signal);
      const views = [...Map.groupBy(resolved, ({ view }) => view)].map(([view, asked]) => ({
        view,
        names: asked.map(({ feature }) => feature),
      }));
      const now = clock.now();
      return inChunks<EntityKeys, FeatureValue[]>(
        rows,
        signal,
        views.length,
        (pipeline, keys) => {
          for (const { view, names } of views) pipeline.hmget(onlineKey(view.name, entityKey(view, keys)), ...names);
        },
        (answers) => {
          const cells = new Map<ResolvedFeature['view'], Map<string, Cell | undefined>>();
          for (const [v, { view, names }] of views.entries()) {
            const texts = Texts.parse(answers[v]);
            cells.set(view, new Map(names.map((name, f) => [name, readCell(texts[f])])));
          }
          return resolved.map(({ view, feature }) => agedValue(view, cells.get(view)?.get(feature), now));
        },
      );
    },

    async readAsOf(features, rows, signal) {
      signal.throwIfAborted();
      if (historyDays === 0)
        throw new PluginError(
          'rejected',
          'This store keeps no history: its setting for the days of history is 0. Set it, and write the rows again.',
        );
      const resolved = await resolve(features, signal);
      return inChunks<{ readonly keys: EntityKeys; readonly at: number }, FeatureValue[]>(
        rows,
        signal,
        resolved.length,
        (pipeline, { keys, at }) => {
          for (const { view, feature } of resolved)
            pipeline.zrevrangebyscore(historyKey(view.name, entityKey(view, keys), feature), at, '-inf', 'LIMIT', 0, 1);
        },
        (answers, { at }) => resolved.map(({ view }, f) => agedValue(view, readCell(Texts.parse(answers[f])[0]), at)),
      );
    },

    async defineView({ name, entities, features, maxAgeSeconds = null }, signal) {
      const view = { name, entities, features, maxAgeSeconds };
      checkView(
        view,
        (await readViews(signal)).find((one) => one.name === name),
      );
      await connection.send((pipeline) => pipeline.hset(viewsKey, name, JSON.stringify(view)), signal);
      known = undefined;
    },

    async write(name, rows, signal) {
      const view = findView(await readViews(signal), name);
      for (const [index, row] of rows.entries()) checkFeatureRow(view, row, index);
      const keepFrom = historyDays === 0 ? '-' : String(clock.now() - historyDays * DAY_MS);
      await inChunks(
        rows.filter(({ values }) => Object.keys(values).length > 0),
        signal,
        1,
        (pipeline, { keys, at, values }) => {
          const entity = entityKey(view, keys);
          const cells = Object.entries(values);
          const touched = [onlineKey(name, entity), ...cells.map(([feature]) => historyKey(name, entity, feature))];
          pipeline.evalsha(
            connection.writeRowSha,
            touched.length,
            ...touched,
            String(at),
            keepFrom,
            ...cells.flatMap(([feature, value]) => [feature, JSON.stringify(value)]),
          );
        },
        () => undefined,
      );
    },
  };
}

/** A cell is kept as `time:json`. */
function readCell(text: string | null | undefined): Cell | undefined {
  if (text === null || text === undefined) return undefined;
  const at = text.indexOf(':');
  return { at: Number(text.slice(0, at)), value: Scalar.parse(JSON.parse(text.slice(at + 1))) };
}
