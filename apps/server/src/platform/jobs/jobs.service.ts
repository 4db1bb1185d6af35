import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CreateJob, grants, type Job, type JobKind, type JobListQuery, type JobPage, type WorkerList } from '@crisol/contracts';
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Actor } from '../auth/actor.js';
import { Database } from '../database/database.js';
import { newId } from '../database/new-id.js';
import { EventBus } from '../events/event-bus.js';
import { problem } from '../http/problem.js';
import { Doorbell } from './doorbell/doorbell.port.js';
import { HandlerRegistry, type AnyHandler } from './handler-registry.js';
import { JobEnder } from './job-ender.js';
import { jobError } from './job-errors.js';
import { Jobs, type JobHandler } from './job-handler.js';
import { isTerminal, toJob, type JobRow } from './job-row.js';
import { listJobs } from './job-list.js';
import { Ledger, type AttemptOf, type Idempotency } from './ledger.js';
import { WorkerRegistry } from './worker-registry.js';

const defaultMaxAttempts = 3;
const waitPollMs = 2_000;

export interface SubmitRequest {
  readonly key: string;
  readonly attempt: number;
  readonly body: CreateJob;
}
export interface SubmitAnswer {
  readonly status: 200 | 202;
  readonly replayed: boolean;
  readonly job: Job;
}

/** The ledger as rooms and routes use it. */
@Injectable()
export class JobsService extends Jobs {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly handlers: HandlerRegistry,
    private readonly doorbell: Doorbell,
    private readonly events: EventBus,
    private readonly ender: JobEnder,
    private readonly workers: WorkerRegistry,
  ) {
    super();
  }

  register<Input, Prepared, Result>(handler: JobHandler<Input, Prepared, Result>): void {
    this.handlers.register(handler);
  }

  async submit(em: EntityManager, actor: Actor, kind: JobKind, input: unknown): Promise<Job> {
    return this.#answer(em, await this.#plan(em, actor, this.handlers.get(kind), input, null));
  }

  async note(em: EntityManager, job: AttemptOf, key: string, value: string): Promise<void> {
    await this.ledger.note(em, job, key, value);
  }

  /** A submission over HTTP: the scope of the kind, and each key once (see `SubmitAnswer`). */
  async submitOnce(actor: Actor, { key, attempt, body }: SubmitRequest): Promise<SubmitAnswer> {
    const handler = this.handlers.get(body.kind);
    if (!grants(actor.scopes, handler.scope))
      throw problem('missing_scope', { detail: `A job of the kind ${body.kind} needs the scope ${handler.scope}.` });
    const principal = `${actor.kind}:${actor.id ?? actor.name}`;
    const digest = createHash('sha256')
      .update(`POST /api/v1/jobs\n${canonical(body)}`)
      .digest('hex');
    return this.database.transaction(async (em) => {
      await this.#lockKey(em, principal, key);
      const earlier = await this.ledger.findByKey(em, principal, key);
      if (earlier && earlier.idempotency_digest !== digest)
        throw problem('idempotency_key_reused', { detail: 'The key came with another body before. Use a new key for another job.' });
      if (earlier && !isTerminal(earlier.state)) return { status: 200, replayed: true, job: await this.#answer(em, earlier) };
      if (earlier && attempt <= earlier.submit_attempt)
        return { status: 202, replayed: true, job: earlier.first_answer ?? (await this.#answer(em, earlier)) };
      const row = await this.#plan(em, actor, handler, body.input, { principal, key, digest, attempt });
      const job = await this.#answer(em, row);
      await this.ledger.keepAnswer(em, row.id, job);
      return { status: 202, replayed: false, job };
    });
  }

  async list(actor: Actor, query: JobListQuery): Promise<JobPage> {
    return this.database.read(async (em) => {
      const page = await listJobs(em, this.handlers.visibleTo(actor), query);
      const { nextCursor, totalEstimate } = page;
      return { data: await Promise.all(page.rows.map((row) => this.#answer(em, row))), nextCursor, totalEstimate };
    });
  }

  async get(actor: Actor, id: string): Promise<Job> {
    return this.database.read(async (em) => this.#answer(em, await this.visible(em, actor, id)));
  }

  /** The row, where the actor may see it. Throws `not_found`. */
  async visible(em: EntityManager, actor: Actor, id: string): Promise<JobRow> {
    const row = await this.ledger.find(em, id);
    if (!row || !this.handlers.visibleTo(actor).includes(row.kind))
      throw problem('not_found', { detail: `There is no job ${id.slice(0, 64)}.` });
    return row;
  }

  /** Waits until the job has ended, the time is over or the caller is gone. Throws `job_gone`. */
  async waitForEnd(actor: Actor, id: string, timeoutMs: number, signal: AbortSignal): Promise<Job> {
    const until = Date.now() + timeoutMs;
    let wake = new AbortController();
    const stop = this.events.onPublished('*', ({ topic, data }) => {
      if (topic === '*' || (topic === `jobs.${id}` && data.state !== 'running')) wake.abort();
    });
    try {
      for (;;) {
        wake = new AbortController();
        const job = await this.#look(actor, id);
        const leftMs = until - Date.now();
        if (!job) {
          // A sensor that asks for a job that never was should not ask in a hot loop.
          await pause(1_000, signal);
          throw problem('job_gone', { detail: `There is no job ${id.slice(0, 64)}.` });
        }
        if (isTerminal(job.state) || leftMs <= 0 || signal.aborted) return job;
        await pause(Math.min(leftMs, waitPollMs), AbortSignal.any([signal, wake.signal]));
      }
    } finally {
      stop();
    }
  }

  async cancel(actor: Actor, id: string): Promise<Job> {
    await this.database.read(async (em) => this.#mayChange(actor, await this.visible(em, actor, id)));
    await this.database.transaction(async (em) => {
      const row = await this.ledger.lock(em, id);
      if (row?.state === 'running') await this.ledger.requestCancel(em, row);
    });
    await this.ender.endAs('cancelled', jobError('job_cancelled', 'Somebody cancelled it before it ran.'), async (em) => {
      const row = await this.ledger.lock(em, id);
      return row?.state === 'queued' ? row : null;
    });
    return this.get(actor, id);
  }

  /** A new job with the input of one that failed or was cancelled. */
  async retry(actor: Actor, id: string): Promise<Job> {
    return this.database.transaction(async (em) => {
      const row = await this.visible(em, actor, id);
      this.#mayChange(actor, row);
      if (row.state !== 'failed' && row.state !== 'cancelled')
        throw problem('job_not_retryable', { detail: `The job is ${row.state}; only one that failed or was cancelled can be retried.` });
      const again = await this.#plan(em, actor, this.handlers.get(row.kind), row.input, null);
      await this.ledger.report(em, again, [{ type: 'log', data: { level: 'info', message: `A retry of ${row.id}.` } }], null);
      return this.#answer(em, again);
    });
  }

  async listWorkers(): Promise<WorkerList> {
    return { data: await this.database.read((em) => this.workers.list(em)), doorbell: this.doorbell.state() };
  }

  async #plan(em: EntityManager, actor: Actor, handler: AnyHandler, input: unknown, idempotency: Idempotency | null): Promise<JobRow> {
    const parsed = handler.input.safeParse(input);
    if (!parsed.success) {
      throw problem('validation_failed', {
        detail: `The input of a ${handler.kind} job is not valid.`,
        errors: parsed.error.issues.map(({ path, code, message }) => ({
          pointer: ['/input', ...path.map(String)].join('/'),
          code,
          message,
        })),
      });
    }
    const planned = await handler.plan(em, actor, parsed.data);
    const row = await this.ledger.insert(
      em,
      {
        id: newId('job'),
        kind: handler.kind,
        name: planned.name,
        input: planned.input,
        maxAttempts: handler.maxAttempts ?? defaultMaxAttempts,
        createdBy: actor.id,
      },
      idempotency,
    );
    await this.doorbell.ring(em, row.id);
    return row;
  }

  async #answer(em: EntityManager, row: JobRow): Promise<Job> {
    return toJob(row, row.state === 'queued' ? await this.ledger.queueOf(em, row.id) : null);
  }

  async #look(actor: Actor, id: string): Promise<Job | null> {
    return this.database.read(async (em) => {
      const row = await this.ledger.find(em, id);
      return row && this.handlers.visibleTo(actor).includes(row.kind) ? this.#answer(em, row) : null;
    });
  }

  #mayChange(actor: Actor, row: JobRow): void {
    const { scope } = this.handlers.get(row.kind);
    if (!grants(actor.scopes, scope))
      throw problem('missing_scope', { detail: `To change a job of the kind ${row.kind} you need the scope ${scope}.` });
  }

  /** Two requests with one key at the same time: the second is told so instead of waiting. */
  async #lockKey(em: EntityManager, principal: string, key: string): Promise<void> {
    const number = createHash('sha256').update(`${principal}\n${key}`).digest().readBigInt64BE().toString();
    const [lock] = await em.execute<{ free: boolean }[]>('select pg_try_advisory_xact_lock(?::bigint) as free', [number]);
    if (!lock?.free) throw problem('idempotency_in_flight', { retryAfterSeconds: 1 });
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** The same value always gives the same text, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
