import {
  Artifacts,
  Background,
  Clock,
  Commands,
  Datasets,
  HttpClient,
  KeyValue,
  Logger,
  Metrics,
  OwnDatabase,
  PluginError,
  Random,
  Secrets,
  type PluginArtifacts,
  type PluginBackground,
  type PluginCommands,
  type PluginDatabase,
  type PluginDatasets,
  type PluginHttpClient,
  type PluginKeyValue,
  type PluginLogger,
  type PluginMetrics,
  type PluginSecrets,
  type Uses,
} from '@crisol/plugin-api';

/** Thrown when a plugin asks for something that this host does not have. */
export class UnknownRefError extends Error {
  override readonly name = 'UnknownRefError';
}

/** What one plugin may touch, made for it alone. */
export interface ScopeParts {
  readonly log: PluginLogger;
  readonly http: PluginHttpClient;
  readonly keyValue: PluginKeyValue;
  readonly metrics: PluginMetrics;
  readonly secrets: PluginSecrets;
  readonly artifacts: PluginArtifacts;
  readonly datasets: PluginDatasets;
  readonly commands: PluginCommands;
  readonly database: PluginDatabase;
  readonly background: PluginBackground;
}

/** The scope of one instance. */
export interface PluginScope {
  readonly parts: ScopeParts;
  /** Once `setup` has returned: begins what it put into the background. */
  start(): void;
  /** Before `dispose`: aborts the background and waits for it, but not for ever. */
  end(): Promise<void>;
  /** After `dispose`: gives back what the parts hold. */
  close(): Promise<void>;
}

/** Resolves the refs of `uses` by id. */
export function resolveRefs(uses: Uses, parts: ScopeParts): Record<string, unknown> {
  const known = new Map<string, unknown>([
    [Logger.id, parts.log],
    [HttpClient.id, parts.http],
    [KeyValue.id, parts.keyValue],
    [Metrics.id, parts.metrics],
    [Secrets.id, parts.secrets],
    [Artifacts.id, parts.artifacts],
    [Datasets.id, parts.datasets],
    [Commands.id, parts.commands],
    [OwnDatabase.id, parts.database],
    [Background.id, parts.background],
    [Clock.id, { now: () => Date.now() }],
    [Random.id, { generator: mulberry32 }],
  ]);
  return Object.fromEntries(
    Object.entries(uses).map(([name, ref]) => {
      if (!known.has(ref.id)) throw new UnknownRefError(`This host does not know ${ref.id}, which the plugin uses as ${name}.`);
      return [name, known.get(ref.id)];
    }),
  );
}

/** Commands run in jobs only, where limits hold and a cancel reaches them. */
export function noCommands(why: string): PluginCommands {
  return { run: () => Promise.reject(new PluginError('rejected', why)) };
}

/** What a plugin gets that may have no schema of its own. */
export function noOwnSchema(why: string): PluginDatabase {
  return { query: () => Promise.reject(new PluginError('rejected', why)) };
}

/** The generator that `Random` promises. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
