import {
  agedValue,
  checkFeatureRow,
  checkView,
  entityKey,
  findView,
  PluginError,
  resolveFeatures,
  type EntityKeys,
  type FeatureRow,
  type FeatureStore,
  type FeatureValue,
  type FeatureViewInfo,
  type PluginClock,
  type PluginDatabase,
  type ResolvedFeature,
} from '@crisol/plugin-api';
import { z } from 'zod';
import { joinReads, type Read, type Wanted } from './joined-reads.js';
import { listViews, makeTables, putView, readAsOf, readOnline, writeRows } from './statements.sql.js';

/** Another process may change a view; this one hears of it after that long. */
const VIEWS_MS = 2_000;
/** Rows of one statement: far inside its 10 s, and a few megabytes of JSON at most. */
const CHUNK = 2_000;

const Definitions = z.array(z.object({ definition: z.string() }));
const ViewText = z.object({
  name: z.string(),
  entities: z.array(z.string()),
  features: z.array(z.object({ name: z.string(), type: z.enum(['number', 'integer', 'boolean', 'text', 'timestamp']) })),
  maxAgeSeconds: z.number().nullable(),
});
const FoundRows = z.array(z.object({ n: z.number(), feature: z.string(), value: z.string().nullable(), at: z.number() }));
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Features in a schema of its own: a table of views, one of history, and one of the newest values. */
export function postgresFeatureStore(
  database: PluginDatabase,
  clock: PluginClock,
): FeatureStore & Required<Pick<FeatureStore, 'defineView' | 'write'>> {
  let made: Promise<void> | undefined;
  let known: { readonly views: readonly FeatureViewInfo[]; readonly until: number } | undefined;

  async function query(sql: string, parameters: readonly unknown[], signal: AbortSignal) {
    signal.throwIfAborted();
    // The tables are for all calls; the one that came first may be given up without harm to the others.
    made ??= database.query(makeTables, []).then(
      () => undefined,
      (error: unknown) => {
        made = undefined;
        throw error;
      },
    );
    await made;
    signal.throwIfAborted();
    return database.query(sql, parameters, signal);
  }

  async function readViews(signal: AbortSignal): Promise<readonly FeatureViewInfo[]> {
    const rows = Definitions.parse(await query(listViews, [], signal));
    const views = rows.map(({ definition }) => ViewText.parse(JSON.parse(definition)));
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

  async function read(
    fetch: Read,
    features: readonly string[],
    rows: readonly { readonly keys: EntityKeys; readonly at?: number }[],
    signal: AbortSignal,
  ): Promise<FeatureValue[][]> {
    signal.throwIfAborted();
    const resolved = await resolve(features, signal);
    const views = [...Map.groupBy(resolved, ({ view }) => view)].map(([view, asked]) => ({
      view,
      features: [...new Set(asked.map(({ feature }) => feature))],
    }));
    const places = resolved.map(({ view, feature }) => ({ view, feature, at: views.findIndex((one) => one.view === view) }));
    const now = clock.now();
    const answers: FeatureValue[][] = [];
    for (let from = 0; from < rows.length; from += CHUNK) {
      const chunk = rows.slice(from, from + CHUNK);
      const wanted: Wanted[] = chunk.flatMap(({ keys, at }) =>
        views.map(({ view, features: names }) => ({
          view: view.name,
          entity: entityKey(view, keys),
          features: names,
          ...(at !== undefined && { at }),
        })),
      );
      const found = wanted.map(() => new Map<string, { value: FeatureValue['value']; at: number }>());
      for (const { n, feature, value, at } of await fetch(wanted, signal))
        found[n]?.set(feature, { value: value === null ? null : Scalar.parse(JSON.parse(value)), at });
      for (const [n, row] of chunk.entries())
        answers.push(places.map(({ view, feature, at }) => agedValue(view, found[n * views.length + at]?.get(feature), row.at ?? now)));
    }
    return answers;
  }

  /** Wanted, numbered, as JSON: the one parameter of both statements. */
  const fetchBy =
    (sql: string): Read =>
    async (wanted, signal) =>
      FoundRows.parse(await query(sql, [JSON.stringify(wanted.map((one, n) => ({ ...one, n })))], signal));
  const fetchOnline = joinReads(fetchBy(readOnline));
  const fetchAsOf = fetchBy(readAsOf);

  return {
    name: 'postgres',
    title: 'PostgreSQL',
    listViews: async (signal) => {
      signal.throwIfAborted();
      return readViews(signal);
    },
    readOnline: (features, rows, signal) =>
      read(
        fetchOnline,
        features,
        rows.map((keys) => ({ keys })),
        signal,
      ),
    readAsOf: (features, rows, signal) => read(fetchAsOf, features, rows, signal),
    async defineView({ name, entities, features, maxAgeSeconds = null }, signal) {
      const view = { name, entities, features, maxAgeSeconds };
      const former = (await readViews(signal)).find((one) => one.name === name);
      checkView(view, former);
      await query(putView, [name, JSON.stringify(view)], signal);
      known = undefined;
    },
    async write(name, rows, signal) {
      const view = findView(await readViews(signal), name);
      for (const [index, row] of rows.entries()) {
        checkFeatureRow(view, row, index);
        if (JSON.stringify([row.keys, row.values]).includes(String.raw`\u0000`))
          throw new PluginError('invalid_input', `Row ${index}: a text holds the character 0, which PostgreSQL does not keep.`);
      }
      for (let from = 0; from < rows.length; from += CHUNK) {
        const { history, online } = prepare(view, rows.slice(from, from + CHUNK));
        await query(writeRows, [name, JSON.stringify(history), JSON.stringify(online)], signal);
      }
    },
  };
}

/** Each entity and time once, each entity and feature once: what one statement can take. Of equals the later holds. */
function prepare(view: FeatureViewInfo, rows: readonly FeatureRow[]) {
  const history = new Map<string, { entity: string; at: number; cells: Record<string, unknown> }>();
  const online = new Map<string, { entity: string; feature: string; at: number; value: unknown }>();
  for (const { keys, at, values } of rows) {
    const entity = entityKey(view, keys);
    const moment = `${at} ${entity}`;
    history.set(moment, { entity, at, cells: { ...history.get(moment)?.cells, ...values } });
    for (const [feature, value] of Object.entries(values)) {
      const cell = `${feature} ${entity}`;
      const before = online.get(cell);
      if (!before || before.at <= at) online.set(cell, { entity, feature, at, value });
    }
  }
  return { history: [...history.values()], online: [...online.values()] };
}
