import type { EndpointStats, ModelVersion, PredictResponse, Scope, Signature, Variant } from '@crisol/contracts';
import { DataType, encodeModel, GraphBuilder } from '@crisol/onnx';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { createTestDatabase } from '../../create-test-server.js';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}
export interface ProblemAnswer {
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}
type FromProcess = { readonly url: string } | { readonly id: number; readonly value?: unknown; readonly error?: string };

/** A running server in a process of its own, with a key for everything. */
export class ServingWorld {
  private nextId = 1;
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}
  adminKey = '';

  /** @param plugins - folders; those of config/plugins.yaml when not given */
  static async open(plugins?: readonly string[]): Promise<ServingWorld> {
    const database = await createTestDatabase();
    const dataFolder = await mkdtemp(join(tmpdir(), 'crisol-serving-'));
    const pluginsFile = plugins && join(dataFolder, 'plugins.yaml');
    if (pluginsFile) await writeFile(pluginsFile, stringify({ plugins: plugins.map((folder) => ({ folder })) }));
    const start = { databaseUrl: database.url, dataFolder, pluginsFile };
    const child = fork(join(import.meta.dirname, 'serving-process.mjs'), [JSON.stringify(start)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--no-warnings'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (message: FromProcess) => ('url' in message ? resolve(message.url) : undefined));
      child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
    });
    const world = new ServingWorld(child, url, async () => {
      await database.drop();
      await rm(dataFolder, { recursive: true, force: true });
    });
    world.adminKey = await world.key(['endpoints:read', 'endpoints:write', 'endpoints:predict', 'models:read', 'models:write']);
    return world;
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    if (this.child.connected) this.child.disconnect();
    if (this.child.exitCode === null) await ended;
    await this.end();
  }

  async key(scopes: readonly Scope[], more: object = {}): Promise<string> {
    const made = await this.command<{ secret: string }>('key', {
      name: `key-${this.nextId}`,
      kind: 'service',
      scopes,
      ...more,
    });
    return made.secret;
  }

  /** Registers a file and waits for the verdict. */
  async admit(model: string, file: Uint8Array, signature: Signature = oneColumn): Promise<ModelVersion> {
    const { version } = await this.command<{ version: number }>('register', {
      model,
      file: Buffer.from(file).toString('base64'),
      signature,
    });
    for (;;) {
      const { body } = await this.get<ModelVersion>(`models/${model}/versions/${version}`);
      if (body.admission.state !== 'pending') return body;
      await delay(50);
    }
  }

  async endpoint(name: string, variants: readonly (Partial<Variant> & { name: string; model: string; share: number })[]): Promise<void> {
    const { status, body } = await this.post<ProblemAnswer>('endpoints', { name, variants });
    if (status !== 201) throw new Error(JSON.stringify(body));
  }

  predict(
    endpoint: string,
    instances: readonly object[],
    options: object = {},
    key = this.adminKey,
  ): Promise<Answer<PredictResponse & ProblemAnswer>> {
    return this.post(`endpoints/${endpoint}/predict`, { instances, options }, key);
  }

  async stats(endpoint: string): Promise<EndpointStats> {
    return (await this.get<EndpointStats>(`endpoints/${endpoint}/stats`)).body;
  }

  get<Body>(path: string, key = this.adminKey): Promise<Answer<Body>> {
    return this.call('GET', path, undefined, key);
  }

  post<Body>(path: string, body: unknown, key = this.adminKey): Promise<Answer<Body>> {
    return this.call('POST', path, body, key);
  }

  send<Body>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    key = this.adminKey,
    headers: object = {},
  ): Promise<Answer<Body>> {
    return this.call(method, path, body, key, headers);
  }

  command<Value>(command: string, input: object): Promise<Value> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const listen = (message: FromProcess) => {
        if (!('id' in message) || message.id !== id) return;
        this.child.off('message', listen);
        if (message.error !== undefined) reject(new Error(message.error));
        // The program answers each command with what that command gives.
        else resolve(message.value as Value);
      };
      this.child.on('message', listen);
      this.child.send({ id, command, input });
    });
  }

  private async call<Body>(method: string, path: string, body: unknown, key: string, headers: object = {}): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // What the contract says of this path; the tests look at its fields.
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  }
}

export const oneColumn: Signature = {
  task: 'regression',
  inputs: [{ name: 'x', type: 'number', nullable: false, example: 1 }],
  target: 'y',
  labels: null,
};

/** y = factor · x, at once. */
export function timesModel(factor: number): Uint8Array {
  const graph = new GraphBuilder('times');
  const x = graph.input('x', DataType.FLOAT, ['N', 1]);
  graph.output(graph.add('Mul', [x, graph.constant(Float32Array.of(factor), [1])]), 'prediction', DataType.FLOAT, ['N', 1]);
  return encodeModel(graph.model());
}

/** y = factor · x through wide layers: too slow to run beside the API. */
export function slowTimesModel(factor: number): Uint8Array {
  const width = 1024;
  const graph = new GraphBuilder('slow');
  const x = graph.input('x', DataType.FLOAT, ['N', 1]);
  let wide = graph.add('MatMul', [x, graph.constant(new Float32Array(width).fill(factor), [1, width])]);
  const layer = graph.constant(new Float32Array(width * width).fill(1 / width), [width, width]);
  for (let i = 0; i < 8; i++) wide = graph.add('Abs', [graph.add('MatMul', [wide, layer])]);
  const narrow = graph.add('MatMul', [wide, graph.constant(new Float32Array(width).fill(1 / width), [width, 1])]);
  graph.output(narrow, 'prediction', DataType.FLOAT, ['N', 1]);
  return encodeModel(graph.model());
}
