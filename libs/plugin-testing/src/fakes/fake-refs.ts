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
  Random,
  Secrets,
  PluginError,
  type ArtifactInfo,
  type CommandRequest,
  type CommandResult,
  type DatasetInfo,
  type DatasetRead,
  type HttpAnswer,
  type HttpOptions,
  type PluginArtifacts,
  type PluginBackground,
  type PluginClock,
  type PluginCommands,
  type PluginDatabase,
  type PluginDatasets,
  type PluginHttpClient,
  type PluginKeyValue,
  type PluginLogger,
  type PluginMetrics,
  type PluginSecrets,
  type Table,
} from '@crisol/plugin-api';

/** One call that a plugin made through its `HttpClient`. @public @since 1.0 */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** How the other side answers: a status with headers and body, or silence until the call is given up. @public @since 1.0 */
export type ScriptedAnswer =
  { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } | 'silence' | 'unreachable';

/** An `HttpClient` that answers as told and keeps what it was asked. @public @since 1.0 */
export class FakeHttpClient implements PluginHttpClient {
  readonly requests: SeenRequest[] = [];
  answer: ScriptedAnswer = { status: 200 };

  async request(method: string, url: string, options: HttpOptions = {}): Promise<HttpAnswer> {
    const body = typeof options.body === 'string' ? options.body : new TextDecoder().decode(options.body);
    this.requests.push({ method, url, headers: { ...options.headers }, body });
    if (options.signal?.aborted) throw new PluginError('retry', 'The call was given up.');
    if (this.answer === 'unreachable') throw new PluginError('retry', 'The host could not be reached.');
    if (this.answer === 'silence') return silence(options.signal);
    const text = this.answer.body ?? '';
    return {
      status: this.answer.status,
      headers: this.answer.headers ?? {},
      body: new TextEncoder().encode(text),
      text: () => text,
      json: () => JSON.parse(text),
    };
  }
}

function silence(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new PluginError('retry', 'The call was given up.')), { once: true });
  });
}

/** A clock that stands still until it is moved. @public @since 1.0 */
export class FakeClock implements PluginClock {
  constructor(private at = Date.UTC(2026, 0, 1)) {}
  now(): number {
    return this.at;
  }
  advance(ms: number): void {
    this.at += ms;
  }
}

/** A logger that keeps its lines. @public @since 1.0 */
export class FakeLogger implements PluginLogger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields?: Record<string, unknown> }[] = [];
  debug = (message: string, fields?: Record<string, unknown>): void => this.keep('debug', message, fields);
  info = (message: string, fields?: Record<string, unknown>): void => this.keep('info', message, fields);
  warn = (message: string, fields?: Record<string, unknown>): void => this.keep('warn', message, fields);
  error = (message: string, fields?: Record<string, unknown>): void => this.keep('error', message, fields);
  private keep(level: string, message: string, fields?: Record<string, unknown>): void {
    this.lines.push({ level, message, fields });
  }
}

/** A key-value store in memory; values pass through JSON as in the real one. @public @since 1.0 */
export class FakeKeyValue implements PluginKeyValue {
  private readonly values = new Map<string, string>();
  get(key: string): Promise<unknown> {
    const text = this.values.get(key);
    return Promise.resolve(text === undefined ? undefined : JSON.parse(text));
  }
  set(key: string, value: unknown): Promise<void> {
    this.values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }
  delete(key: string): Promise<void> {
    this.values.delete(key);
    return Promise.resolve();
  }
}

/** Metrics that keep their numbers. @public @since 1.0 */
export class FakeMetrics implements PluginMetrics {
  readonly counts = new Map<string, number>();
  readonly observed: { readonly name: string; readonly seconds: number }[] = [];
  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }
  observe(name: string, seconds: number): void {
    this.observed.push({ name, seconds });
  }
}

/** Secrets as the test sets them. @public @since 1.1 */
export class FakeSecrets implements PluginSecrets {
  readonly values = new Map<string, string>();
  get(name: string): string | undefined {
    return this.values.get(name);
  }
}

/** Files in memory. @public @since 1.1 */
export class FakeArtifacts implements PluginArtifacts {
  readonly files = new Map<string, Uint8Array>();
  put(name: string, bytes: Uint8Array): Promise<void> {
    this.files.set(name, bytes.slice());
    return Promise.resolve();
  }
  get(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.files.get(name)?.slice());
  }
  list(prefix = ''): Promise<readonly ArtifactInfo[]> {
    const found = [...this.files].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.resolve(found.map(([name, bytes]) => ({ name, sizeBytes: bytes.byteLength })));
  }
  delete(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }
}

/** Data sets as the test sets them. @public @since 1.1 */
export class FakeDatasets implements PluginDatasets {
  readonly tables = new Map<string, Table>();
  list(): Promise<readonly DatasetInfo[]> {
    return Promise.resolve([...this.tables].map(([name, { rows }]) => ({ name, version: 1, rows })));
  }
  read(dataset: string, { columns }: DatasetRead, signal: AbortSignal): Promise<Table> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const table = this.tables.get(dataset);
    if (!table) return Promise.reject(new PluginError('invalid_input', `There is no data set ${dataset}.`));
    return Promise.resolve({ rows: table.rows, columns: table.columns.filter(({ name }) => !columns || columns.includes(name)) });
  }
}

/** Commands that end as the test says. @public @since 1.1 */
export class FakeCommands implements PluginCommands {
  readonly requests: CommandRequest[] = [];
  result: CommandResult = { endedBy: 'exit', exitCode: 0, files: {}, errorTail: '' };
  /** Lines that the next command writes to its standard output. */
  lines: string[] = [];
  run(request: CommandRequest): Promise<CommandResult> {
    this.requests.push(request);
    if (request.signal.aborted) return Promise.resolve({ ...this.result, endedBy: 'abort', exitCode: null });
    for (const line of this.lines) request.onLine?.(line, 'stdout');
    return Promise.resolve(this.result);
  }
}

/** A database that answers with what the test lays ready, statement by statement. @public @since 1.1 */
export class FakeDatabase implements PluginDatabase {
  readonly statements: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];
  readonly answers: (readonly Readonly<Record<string, unknown>>[])[] = [];
  query(sql: string, parameters: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    this.statements.push({ sql, parameters });
    return Promise.resolve(this.answers.shift() ?? []);
  }
}

/** Background tasks that can be ended. @public @since 1.1 */
export class FakeBackground implements PluginBackground {
  readonly running = new Map<string, Promise<void>>();
  private readonly abort = new AbortController();
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    // After `setup`, as the host does it.
    this.running.set(
      name,
      Promise.resolve().then(() => task(this.abort.signal)),
    );
  }
  /** Aborts the tasks and waits for them. */
  async end(): Promise<void> {
    this.abort.abort();
    await Promise.allSettled(this.running.values());
  }
}

/** A fake of every ref. @public @since 1.0 */
export interface Fakes {
  readonly http: FakeHttpClient;
  readonly clock: FakeClock;
  readonly log: FakeLogger;
  readonly keyValue: FakeKeyValue;
  readonly metrics: FakeMetrics;
  readonly secrets: FakeSecrets;
  readonly artifacts: FakeArtifacts;
  readonly datasets: FakeDatasets;
  readonly commands: FakeCommands;
  readonly database: FakeDatabase;
  readonly background: FakeBackground;
}
/** Fresh fakes of every ref. @public @since 1.0 */
export function makeFakes(): Fakes {
  return {
    http: new FakeHttpClient(),
    clock: new FakeClock(),
    log: new FakeLogger(),
    keyValue: new FakeKeyValue(),
    metrics: new FakeMetrics(),
    secrets: new FakeSecrets(),
    artifacts: new FakeArtifacts(),
    datasets: new FakeDatasets(),
    commands: new FakeCommands(),
    database: new FakeDatabase(),
    background: new FakeBackground(),
  };
}

/** The fakes by the ids of their refs. */
export function fakesById(fakes: Fakes): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    [HttpClient.id, fakes.http],
    [Clock.id, fakes.clock],
    [Logger.id, fakes.log],
    [KeyValue.id, fakes.keyValue],
    [Metrics.id, fakes.metrics],
    [Random.id, { generator: mulberry32 }],
    [Secrets.id, fakes.secrets],
    [Artifacts.id, fakes.artifacts],
    [Datasets.id, fakes.datasets],
    [Commands.id, fakes.commands],
    [OwnDatabase.id, fakes.database],
    [Background.id, fakes.background],
  ]);
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
