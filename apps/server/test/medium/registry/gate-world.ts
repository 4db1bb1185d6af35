import type { Job, JudgementList, ModelTrainInput, ModelVersion, Scope } from '@crisol/contracts';
import { mulberry32 } from '@crisol/statistics';
import { setTimeout as delay } from 'node:timers/promises';
import { ServingWorld } from '../serving/serving-world.js';

const scopes: readonly Scope[] = [
  'datasets:read',
  'datasets:write',
  'quality:read',
  'training:read',
  'training:write',
  'experiments:read',
  'models:read',
  'models:write',
  'models:promote',
  'endpoints:read',
  'endpoints:write',
  'endpoints:predict',
  'plugins:admin',
];
export interface Told<Body> {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Body;
}

/** A server of its own with a key that may train, gate, promote and predict. */
export class GateWorld {
  private attempts = 0;
  private constructor(
    readonly serving: ServingWorld,
    private readonly key: string,
  ) {}

  static async open(): Promise<GateWorld> {
    const serving = await ServingWorld.open();
    return new GateWorld(serving, await serving.key(scopes));
  }

  close(): Promise<void> {
    return this.serving.close();
  }

  async ask<Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Told<Body>> {
    const raw = body instanceof FormData;
    const response = await fetch(`${this.serving.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(raw || body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : raw ? body : JSON.stringify(body),
    });
    const text = await response.text();
    // What the contract says of this path; the tests look at its fields.
    return { status: response.status, etag: response.headers.get('etag'), body: (text === '' ? null : JSON.parse(text)) as Body };
  }

  async finished(job: Job): Promise<Job> {
    for (;;) {
      const { status, body } = await this.ask<Job>('GET', `jobs/${job.id}/wait?timeout=25`);
      if (status === 200) return body;
      if (status !== 404) throw new Error(JSON.stringify(body));
    }
  }

  /** A data set in which `strong` tells the classes apart and `weak` hardly does; `sex` is in nothing. */
  async makeDataset(name: string, rows: number): Promise<void> {
    const random = mulberry32(11);
    const lines = Array.from({ length: rows }, () => {
      const [strong, weak, u] = [random(), random(), random()];
      return `${strong},${weak},${random() < 0.5 ? 'F' : 'M'},${u < 0.9 * strong + 0.1 * weak ? 'yes' : 'no'}`;
    });
    const form = new FormData();
    form.append('file', new File([`strong,weak,sex,y\n${lines.join('\n')}\n`], `${name}.csv`));
    form.append('name', name);
    const { status, body } = await this.ask<Job>('POST', 'datasets', form);
    if (status !== 202) throw new Error(JSON.stringify(body));
    const job = await this.finished(body);
    if (job.state !== 'succeeded') throw new Error(JSON.stringify(job.error));
  }

  /** Trains, registers, and waits for the admission. */
  async train(input: Partial<ModelTrainInput> & { dataset: string; columns: string[] }): Promise<ModelVersion> {
    const { status, body } = await this.ask<Job>(
      'POST',
      'jobs',
      { kind: 'model.train', input: { target: 'y', modelType: 'linear', register: { model: 'churn' }, ...input } },
      { 'idempotency-key': `train-${this.attempts++}` },
    );
    if (status !== 202) throw new Error(JSON.stringify(body));
    const job = await this.finished(body);
    if (job.state !== 'succeeded') throw new Error(JSON.stringify(job.error));
    for (;;) {
      const version = await this.ask<ModelVersion>('GET', `models/churn/versions/${job.outputs['version']}`);
      if (version.body.admission.state === 'admitted') return version.body;
      if (version.body.admission.state !== 'pending') throw new Error(JSON.stringify(version.body.admission));
      await delay(50);
    }
  }

  async judge(version: number, alias = 'champion'): Promise<{ job: Job; judgements: JudgementList }> {
    const { status, body } = await this.ask<Job>('POST', `models/churn/versions/${version}/judgements`, { alias });
    if (status !== 202) throw new Error(JSON.stringify(body));
    const job = await this.finished(body);
    return { job, judgements: (await this.ask<JudgementList>('GET', `models/churn/versions/${version}/judgements`)).body };
  }

  /** Moves the alias from where it is. */
  async move<Body>(version: number, alias = 'champion'): Promise<Told<Body>> {
    const now = await this.ask('GET', `models/churn/aliases/${alias}`);
    const headers: Record<string, string> = now.status === 200 && now.etag ? { 'if-match': now.etag } : { 'if-none-match': '*' };
    return this.ask<Body>('PUT', `models/churn/aliases/${alias}`, { version }, headers);
  }
}
