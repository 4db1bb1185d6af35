import { ConnectionError, ProblemError } from './problem-error.js';

/** Settings of a client. What is left out comes from the environment, where there is one. */
export interface ClientOptions {
  /** Where the server is; else CRISOL_URL, else `http://127.0.0.1:7070`. */
  readonly url?: string;
  /** The API key; else CRISOL_API_KEY. */
  readonly apiKey?: string;
  /** How often a call is tried in all. Default 3. */
  readonly tries?: number;
  /** Milliseconds of the first pause between tries; each next is twice as long, all with jitter. Default 300. */
  readonly firstPauseMs?: number;
  /** Takes the place of the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, its waiting and its next tries. */
  readonly signal?: AbortSignal;
  /** Makes a repeated POST answer what the first did; made up when left out. */
  readonly idempotencyKey?: string;
}

export interface Call extends CallOptions {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  readonly body?: FormData | Blob;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses besides 2xx that the caller reads by itself. */
  readonly accept?: readonly number[];
  /** False where the server cannot tell a repeated call from a new one: then only a refusal (429, 503) is tried again. */
  readonly repeatable?: boolean;
}

const retried: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const refusals: ReadonlySet<number> = new Set([429, 503]);
const longestPauseMs = 60_000;

/** One server and one key: makes calls, and tries again what may succeed. */
export class Transport {
  readonly url: string;
  readonly #apiKey: string | undefined;
  readonly #tries: number;
  readonly #firstPauseMs: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: ClientOptions = {}) {
    const environment = globalThis.process?.env ?? {};
    this.url = (options.url ?? environment['CRISOL_URL'] ?? 'http://127.0.0.1:7070').replace(/\/+$/, '');
    this.#apiKey = options.apiKey ?? environment['CRISOL_API_KEY'];
    this.#tries = Math.max(1, options.tries ?? 3);
    this.#firstPauseMs = options.firstPauseMs ?? 300;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** A call whose answer is JSON. @throws ProblemError, ConnectionError, or the signal's reason */
  async json<Answer>(method: string, path: string, call: Call = {}): Promise<Answer> {
    const response = await this.send(method, path, call);
    // What the server sends is what the contracts say; checking it again would bring zod into every browser.
    return (await response.json()) as Answer;
  }

  /** A call whose answer the caller reads. @throws ProblemError, ConnectionError, or the signal's reason */
  async send(method: string, path: string, call: Call = {}): Promise<Response> {
    const target = new URL(`${this.url}/api/v1/${path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) target.searchParams.set(name, String(value));
    // Made once: every try of this call is the same call to the server.
    const init = this.#init(method, call);
    const again = call.repeatable === false ? refusals : retried;
    for (let attempt = 1; ; attempt++) {
      call.signal?.throwIfAborted();
      let pauseMs = this.#firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random());
      try {
        const response = await this.#fetch(target, init);
        if (response.ok || call.accept?.includes(response.status)) return response;
        const error = await ProblemError.from(response);
        if (!again.has(response.status) || attempt >= this.#tries) throw error;
        pauseMs = Math.max(pauseMs, retryAfterMs(response.headers.get('retry-after')));
        if (pauseMs > longestPauseMs) throw error;
      } catch (error) {
        if (error instanceof ProblemError || call.signal?.aborted) throw error;
        if (!isLostConnection(error)) throw error;
        if (call.repeatable === false || attempt >= this.#tries)
          throw new ConnectionError(`${this.url} does not answer: ${reasonOf(error)}`, { cause: error });
      }
      await pause(pauseMs, call.signal);
    }
  }

  #init(method: string, call: Call): RequestInit {
    const headers: Record<string, string> = { accept: 'application/json', ...call.headers };
    if (this.#apiKey) headers['authorization'] = `Bearer ${this.#apiKey}`;
    if (method === 'POST') headers['idempotency-key'] = call.idempotencyKey ?? globalThis.crypto.randomUUID();
    if (call.json !== undefined) headers['content-type'] = 'application/json';
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    return { method, headers, ...(body === undefined ? {} : { body }), ...(call.signal ? { signal: call.signal } : {}) };
  }
}

/** Waits, or throws the signal's reason at once. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Retry-After in seconds or as a date, as milliseconds from now. */
export function retryAfterMs(header: string | null): number {
  if (!header) return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

/** fetch reports a lost or refused connection as a TypeError, by name since it may come from another realm. */
export function isLostConnection(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'TypeError';
}

function reasonOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error;
  if (typeof cause !== 'object' || cause === null) return String(error);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : 'message' in cause ? String(cause.message) : String(error);
}
