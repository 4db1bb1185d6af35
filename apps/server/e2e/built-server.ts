import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const repositoryRoot = resolve(import.meta.dirname, '..', '..', '..');
const main = join(repositoryRoot, 'apps', 'server', 'dist', 'main.js');

export interface BuiltServerOptions {
  readonly role?: 'all' | 'api' | 'worker';
  readonly dataFolder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The built server as its own process, as an operator would run it. */
export class BuiltServer {
  output = '';
  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
    readonly dataFolder: string,
  ) {}

  static async start(options: BuiltServerOptions = {}): Promise<BuiltServer> {
    const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'crisol-e2e-')));
    const port = await freePort();
    const child = spawn(process.execPath, [main, '--role', options.role ?? 'all'], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        CRISOL_PORT: String(port),
        CRISOL_DATA: dataFolder,
        CRISOL_LOG_LEVEL: 'warn',
        CRISOL_REQUESTS_PER_MINUTE: '100000',
        ...options.environment,
      },
    });
    const server = new BuiltServer(child, `http://127.0.0.1:${port}`, dataFolder);
    child.stdout.on('data', (chunk: Buffer) => (server.output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (server.output += chunk.toString()));
    await waitUntil(() => {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${server.output}`);
      return /is ready/.test(server.output);
    }, 60_000);
    return server;
  }

  /** The token of the printed one-time sign-in link. */
  get signInToken(): string {
    const token = /\/console\/welcome\?token=([A-Za-z0-9_-]+)/.exec(this.output)?.[1];
    if (!token) throw new Error(`No sign-in link was printed:\n${this.output}`);
    return token;
  }

  /** Sends SIGTERM and waits for the end; the exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
    return this.process.exitCode;
  }

  /** kill -9, as a power cut would. */
  async kill(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dataFolder, { recursive: true, force: true });
  }
}

/** A JSON body. Answers have many shapes, and a spec looks at the fields that it expects. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function readJson(answer: Response): Promise<any> {
  return answer.json();
}

/** Waits for a state, with a deadline. */
export async function waitUntil(reached: () => boolean | Promise<boolean>, deadlineMs: number, everyMs = 50): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await reached())) {
    if (Date.now() > end) throw new Error(`It did not happen within ${deadlineMs} ms.`);
    await delay(everyMs);
  }
}

/** A small client with a key: throws the problem when an answer is not 2xx. */
export class ApiClient {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  /** Redeems the sign-in link and makes a key with every scope. */
  static async bootstrap(server: BuiltServer): Promise<ApiClient> {
    const setUp = await fetch(`${server.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ token: server.signInToken, username: 'ada', password: 'tidal-quartz-lemon-42' }),
    });
    const cookie = setUp.headers
      .getSetCookie()
      .map((value) => value.split(';', 1)[0])
      .join('; ');
    const me = await readJson(await fetch(`${server.url}/api/v1/me`, { headers: { cookie } }));
    const meta = await readJson(await fetch(`${server.url}/api/v1/meta`, { headers: { cookie } }));
    const made = await fetch(`${server.url}/api/v1/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, origin: server.url, 'x-csrf-token': me.csrfToken },
      body: JSON.stringify({ name: 'e2e', scopes: meta.scopePresets.admin }),
    });
    if (!made.ok) throw new Error(`No key was made: ${await made.text()}`);
    return new ApiClient(server.url, (await readJson(made)).secret);
  }

  // Answers are JSON of many shapes, and a spec looks at the fields that it expects.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async finished(jobId: string, deadlineMs = 60_000): Promise<any> {
    const end = Date.now() + deadlineMs;
    while (Date.now() < end) {
      const answer = await fetch(`${this.url}/api/v1/jobs/${jobId}/wait?timeout=5`, { headers: { authorization: `Bearer ${this.key}` } });
      if (answer.status === 200) return readJson(answer);
      if (answer.status !== 404) throw new Error(`Waiting for ${jobId}: ${answer.status} ${await answer.text()}`);
    }
    throw new Error(`Job ${jobId} did not end within ${deadlineMs} ms.`);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async upload(name: string, file: string, content: string | Uint8Array<ArrayBuffer>): Promise<any> {
    const form = new FormData();
    form.set('name', name);
    form.set('file', new Blob([content]), file);
    return this.finished((await this.call('POST', 'datasets', form)).id);
  }
}
