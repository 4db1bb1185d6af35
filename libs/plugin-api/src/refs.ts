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
