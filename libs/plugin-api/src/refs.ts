import type { Table } from './table.js';

/**
 * A typed reference to something that the host provides. A plugin names refs under `uses`; the host resolves each one in
 * the plugin's own scope and hands the instance to `setup`. Refs are compared by `id`, never by identity, so two copies
 * of this package in one process still agree.
 *
 * @typeParam T - what the host hands out for this ref
 * @public
 * @since 1.0
 */
export interface Ref<T> {
  readonly id: string;
  /** Never set; carries the type. */
  readonly type?: T;
}

/** Makes a ref. Only hosts and test harnesses need it. @public @since 1.0 */
export function createRef<T>(id: string): Ref<T> {
  return Object.freeze({ id });
}

/** A structured logger; lines carry the plugin's id. Secrets in `fields` are redacted by name. @public @since 1.0 */
export interface PluginLogger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** The time. Use it instead of `Date.now()`, so that tests can move it. @public @since 1.0 */
export interface PluginClock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
}

/** Options of one HTTP call. @public @since 1.0 */
export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds until the call is given up; default 5,000, at most 30,000. */
  readonly timeoutMs?: number;
}

/** An answer, read whole (at most 64 kB unless the host says otherwise). Header names are lower case. @public @since 1.0 */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  text(): string;
  /** Throws `SyntaxError` when the body is not JSON. */
  json(): unknown;
}

/**
 * The one way out to the network. Only hosts that the manifest declares are reached; private, loopback and link-local
 * addresses are refused unless the operator allows them; redirects are not followed.
 *
 * @throws PluginError `refused_address` when the guard refuses the address, `retry` when the other side cannot be reached in time
 * @public
 * @since 1.0
 */
export interface PluginHttpClient {
  request(method: string, url: string, options?: HttpOptions): Promise<HttpAnswer>;
}

/** A small store of the plugin's own; survives restarts; other plugins do not see it. Values are JSON of at most 64 kB. @public @since 1.0 */
export interface PluginKeyValue {
  get(key: string, signal?: AbortSignal): Promise<unknown>;
  set(key: string, value: unknown, signal?: AbortSignal): Promise<void>;
  delete(key: string, signal?: AbortSignal): Promise<void>;
}

/** Seeded random numbers. @public @since 1.0 */
export interface PluginRandom {
  /** A generator of uniform numbers in [0, 1) that repeats for the same seed (mulberry32). */
  generator(seed: number): () => number;
}

/** Counters and histograms of the plugin's own, published under `crisol_plugin_…`. @public @since 1.0 */
export interface PluginMetrics {
  /** Adds to a counter. */
  count(name: string, by?: number): void;
  /** Records one duration in seconds. */
  observe(name: string, seconds: number): void;
}

/**
 * Secrets by name, for code that should not carry the settings around. Only names that the manifest declares; a secret
 * without a value is undefined.
 * @public
 * @since 1.1
 */
export interface PluginSecrets {
  get(name: string): string | undefined;
}

/** A file that a plugin keeps. @public @since 1.1 */
export interface ArtifactInfo {
  readonly name: string;
  readonly sizeBytes: number;
}
/**
 * Files of the plugin's own, kept in the platform's storage; other plugins do not see them. Names are relative, with `/`
 * between their parts, at most 256 characters. One file has at most 64 MiB, all of a plugin's 1 GiB.
 *
 * @throws PluginError `invalid_input` for a name or a size that does not fit
 * @public
 * @since 1.1
 */
export interface PluginArtifacts {
  put(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Undefined when there is none. */
  get(name: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Ascending by name. */
  list(prefix?: string, signal?: AbortSignal): Promise<readonly ArtifactInfo[]>;
  delete(name: string, signal?: AbortSignal): Promise<void>;
}

/** A data set that a plugin may read. @public @since 1.1 */
export interface DatasetInfo {
  readonly name: string;
  /** Number of the newest version. */
  readonly version: number;
  readonly rows: number;
}
/** What to read of a data set. @public @since 1.1 */
export interface DatasetRead {
  /** The newest when not given. */
  readonly version?: number;
  /** All when not given. */
  readonly columns?: readonly string[];
  /** First rows to read; at most 5,000,000, which is the default. */
  readonly limit?: number;
}
/**
 * Data sets, to read only, and only those that the manifest's `permissions.datasets` names.
 *
 * @throws PluginError `rejected` for a data set that is not declared, `invalid_input` for one that does not exist
 * @public
 * @since 1.1
 */
export interface PluginDatasets {
  list(signal?: AbortSignal): Promise<readonly DatasetInfo[]>;
  read(dataset: string, options: DatasetRead, signal: AbortSignal): Promise<Table>;
}

/** A command to run inside a job. @public @since 1.1 */
export interface CommandRequest {
  /** Program, looked up on the PATH of the host, or an absolute path. No shell reads it. */
  readonly command: string;
  readonly args: readonly string[];
  /** Files to lay into the scratch folder before the start, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Tables to lay into the scratch folder as Parquet, by file name. */
  readonly tables?: Readonly<Record<string, Table>>;
  /** Names of the files to bring back; those that do not exist are left out. At most 256 MiB together. */
  readonly collect?: readonly string[];
  /** The whole environment besides PATH, HOME, TMPDIR and LANG; nothing else is inherited. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Resident memory of the command and its children; the job's limit when not given. */
  readonly memoryMb?: number;
  readonly timeoutMs?: number;
  /** Called for each line that the command writes, without its end. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly signal: AbortSignal;
}
/** How a command ended. @public @since 1.1 */
export interface CommandResult {
  readonly endedBy: 'exit' | 'signal' | 'memory' | 'deadline' | 'abort';
  readonly exitCode: number | null;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** The last 8,000 characters of the standard error. */
  readonly errorTail: string;
}
/**
 * Runs commands of the host's machine under the limits of the job, each in a scratch folder of its own that is its working
 * directory. Needs `permissions.commands`; outside of a job every call is `rejected`.
 *
 * @throws PluginError `rejected` outside of a job or without the permission, `invalid_input` when the command does not exist
 * @public
 * @since 1.1
 */
export interface PluginCommands {
  run(request: CommandRequest): Promise<CommandResult>;
}

/**
 * A schema of the plugin's own in the platform's PostgreSQL: it comes first on the search path and is dropped when the
 * plugin is uninstalled. Needs `permissions.database` and runs in process only, since SQL can reach further than a schema.
 *
 * @throws PluginError `retry` when the database cannot be reached, `rejected` when it refuses the statement
 * @public
 * @since 1.1
 */
export interface PluginDatabase {
  /** One statement in a transaction of its own, at most 10 s; values go in as `$1`, `$2` … Rows are plain objects. */
  query(sql: string, parameters: readonly unknown[], signal?: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Work that goes on between calls, such as a refresh; it ends when the instance is disposed. @public @since 1.1 */
export interface PluginBackground {
  /** Starts a task after `setup`; its signal is aborted before `dispose`. A throw is logged and counts as a fault. */
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void;
}

/** @public @since 1.0 */
export const Logger = createRef<PluginLogger>('crisol.logger');
/** @public @since 1.0 */
export const Clock = createRef<PluginClock>('crisol.clock');
/** @public @since 1.0 */
export const HttpClient = createRef<PluginHttpClient>('crisol.http-client');
/** @public @since 1.0 */
export const KeyValue = createRef<PluginKeyValue>('crisol.key-value');
/** @public @since 1.0 */
export const Random = createRef<PluginRandom>('crisol.random');
/** @public @since 1.0 */
export const Metrics = createRef<PluginMetrics>('crisol.metrics');
/** @public @since 1.1 */
export const Secrets = createRef<PluginSecrets>('crisol.secrets');
/** @public @since 1.1 */
export const Artifacts = createRef<PluginArtifacts>('crisol.artifacts');
/** @public @since 1.1 */
export const Datasets = createRef<PluginDatasets>('crisol.datasets');
/** @public @since 1.1 */
export const Commands = createRef<PluginCommands>('crisol.commands');
/** @public @since 1.1 */
export const OwnDatabase = createRef<PluginDatabase>('crisol.own-database');
/** @public @since 1.1 */
export const Background = createRef<PluginBackground>('crisol.background');
