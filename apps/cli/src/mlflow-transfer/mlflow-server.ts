import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';

/** What a server that speaks MLflow's protocol refused. */
export class RefusedByServer extends Error {
  override readonly name = 'RefusedByServer';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Credentials {
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}
type Query = Readonly<Record<string, string | number | undefined>>;

const passing = new Set([408, 429, 500, 502, 503, 504]);
const attempts = 5;

/** One server that speaks MLflow's protocol: Crisol, or MLflow's own. */
export class MlflowServer {
  /** Without credentials, for people to read. */
  readonly address: string;
  private readonly authorization: string | undefined;

  /** @throws UsageError when `url` is not an address */
  constructor(
    url: string,
    credentials: Credentials,
    private readonly signal: AbortSignal,
    private readonly fetching: typeof fetch = fetch,
  ) {
    if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError('The address of the MLflow server must be an http or https URL.');
    const { username, password, origin, pathname } = new URL(url);
    this.address = origin + pathname.replace(/\/+$/, '');
    const user = username === '' ? credentials.username : decodeURIComponent(username);
    const secret = username === '' ? credentials.password : decodeURIComponent(password);
    if (user !== undefined) this.authorization = `Basic ${Buffer.from(`${user}:${secret ?? ''}`).toString('base64')}`;
    else if (credentials.token !== undefined) this.authorization = `Bearer ${credentials.token}`;
  }

  get<Schema extends z.ZodType>(path: string, query: Query, schema: Schema): Promise<z.output<Schema>> {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) search.append(key, String(value));
    const text = search.toString();
    return this.json('GET', text === '' ? path : `${path}?${text}`, undefined, schema);
  }

  send<Schema extends z.ZodType>(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: object,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    return this.json(method, path, JSON.stringify(body), schema);
  }

  /** @throws RefusedByServer when there is no such file */
  async download(path: string): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.repeated(() => this.call('GET', path, {}));
    if (!answer.ok || answer.body === null) throw await refusal(answer);
    return answer.body;
  }

  /** Opens the file anew for each attempt, since a stream can be read only once. */
  async upload(path: string, size: number, open: () => Promise<ReadableStream<Uint8Array>>): Promise<void> {
    const answer = await this.repeated(async () =>
      // An empty stream has no length that every server takes.
      this.call('PUT', path, { 'content-type': 'application/octet-stream' }, size === 0 ? new Uint8Array() : await open(), size),
    );
    if (!answer.ok) throw await refusal(answer);
    await answer.arrayBuffer();
  }

  private async json<Schema extends z.ZodType>(
    method: string,
    path: string,
    body: string | undefined,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await this.repeated(() => this.call(method, path, headers, body));
    if (!answer.ok) throw await refusal(answer);
    const read = schema.safeParse(await answer.json().catch(() => undefined));
    if (read.success) return read.data;
    const issue = read.error.issues[0];
    throw new RefusedByServer(answer.status, 'NOT_UNDERSTOOD', `${path}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }

  /** What may pass is asked again, as MLflow's own clients do; each call can be repeated without harm. */
  private async repeated(call: () => Promise<Response>): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      this.signal.throwIfAborted();
      const answer = await call().catch((error: unknown) => {
        this.signal.throwIfAborted();
        if (error instanceof RefusedByServer) throw error;
        if (attempt === attempts) throw new ExitError(exitCodes.error, `${this.address} does not answer (${reasonOf(error)}).`);
      });
      if (answer && (!passing.has(answer.status) || attempt === attempts)) return answer;
      await answer?.arrayBuffer();
      await delay(200 * 2 ** attempt, undefined, { signal: this.signal });
    }
  }

  private call(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
    size?: number,
  ): Promise<Response> {
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: {
        ...headers,
        ...(this.authorization === undefined ? {} : { authorization: this.authorization }),
        ...(size === undefined ? {} : { 'content-length': String(size) }),
      },
      signal: this.signal,
      ...(body === undefined ? {} : { body }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    };
    return this.fetching(this.address + path, init);
  }
}

const causeOf = (error: unknown): unknown => (error instanceof Error && error.cause !== undefined ? error.cause : error);
const reasonOf = (error: unknown): string => {
  const cause = causeOf(error);
  return cause instanceof Error ? cause.message : String(cause);
};

async function refusal(answer: Response): Promise<RefusedByServer> {
  const text = await answer.text();
  try {
    const { error_code: code, message } = JSON.parse(text);
    return new RefusedByServer(answer.status, String(code), String(message));
  } catch {
    return new RefusedByServer(answer.status, `HTTP_${answer.status}`, text.slice(0, 200));
  }
}
