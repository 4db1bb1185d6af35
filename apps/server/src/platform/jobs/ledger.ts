import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobError, JobEvent, JobKind, JobProgress, JobState } from '@crisol/contracts';
import { EventBus } from '../events/event-bus.js';
import { problem } from '../http/problem.js';
import { claimJob } from './claim-job.sql.js';
import { jobColumns, noProgress, type JobRow } from './job-row.js';

export interface NewJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly name: string;
  readonly input: unknown;
  readonly maxAttempts: number;
  readonly createdBy: string | null;
}
export interface Idempotency {
  readonly principal: string;
  readonly key: string;
  readonly digest: string;
  readonly attempt: number;
}
/** Names one attempt of one job; whoever cannot name the current one changes nothing. */
export interface AttemptOf {
  readonly id: string;
  readonly attempt: number;
}
export interface NewJobEvent {
  readonly type: JobEvent['type'];
  readonly data: Readonly<Record<string, unknown>>;
}
export type Ending =
  | { readonly state: 'succeeded'; readonly outputs: Readonly<Record<string, string>> }
  | { readonly state: 'failed' | 'cancelled'; readonly error: JobError };

const pastOf = { succeeded: 'job.finished', failed: 'job.failed', cancelled: 'job.cancelled' } as const;
const idempotencyHours = 24;

/** Every statement that touches the rows of jobs. Each runs in the transaction of the caller. */
@Injectable()
export class Ledger {
  constructor(private readonly events: EventBus) {}

  async insert(em: EntityManager, job: NewJob, idempotency: Idempotency | null): Promise<JobRow> {
    await em.execute(
      `insert into job (id, kind, name, state, input, progress, max_attempts, created_by,
                        idempotency_principal, idempotency_key, idempotency_digest, submit_attempt)
       values (?, ?, ?, 'queued', ?::jsonb, ?::jsonb, ?, ?, ?, ?, ?, ?)`,
      [
        job.id,
        job.kind,
        job.name,
        JSON.stringify(job.input),
        JSON.stringify(noProgress),
        job.maxAttempts,
        job.createdBy,
        idempotency?.principal ?? null,
        idempotency?.key ?? null,
        idempotency?.digest ?? null,
        idempotency?.attempt ?? 1,
      ],
    );
    const row = await this.#required(em, job.id);
    await this.#append(em, row.id, [{ type: 'state', data: { state: 'queued', attempt: 0 } }]);
    await this.#record(em, row, 'job.queued');
    return row;
  }

  async find(em: EntityManager, id: string): Promise<JobRow | null> {
    const [row] = await em.execute<JobRow[]>(`select ${jobColumns} from job where id = ?`, [id]);
    return row ?? null;
  }

  /** The newest job that was made with the key in the last day. */
  async findByKey(em: EntityManager, principal: string, key: string): Promise<JobRow | null> {
    await em.execute(
      `update job set idempotency_key = null
        where idempotency_principal = ? and idempotency_key = ? and created_at < now() - ? * interval '1 hour'
          and state in ('succeeded', 'failed', 'cancelled')`,
      [principal, key, idempotencyHours],
    );
    const [row] = await em.execute<JobRow[]>(
      `select ${jobColumns} from job where idempotency_principal = ? and idempotency_key = ? order by submit_attempt desc limit 1`,
      [principal, key],
    );
    return row ?? null;
  }

  async keepAnswer(em: EntityManager, id: string, answer: unknown): Promise<void> {
    await em.execute('update job set first_answer = ?::jsonb where id = ?', [JSON.stringify(answer), id]);
  }

  async claim(em: EntityManager, worker: string, leaseMs: number, kinds: readonly string[]): Promise<JobRow | null> {
    const [claimed] = await em.execute<{ id: string }[]>(claimJob, [worker, leaseMs, [...kinds]]);
    if (!claimed) return null;
    const row = await this.#required(em, claimed.id);
    await this.#append(em, row.id, [{ type: 'state', data: { state: 'running', attempt: row.attempt } }]);
    await this.#record(em, row, 'job.started');
    return row;
  }

  /** Renews leases; gives those that are still ours, with whether somebody wants them cancelled. */
  async renew(
    em: EntityManager,
    worker: string,
    leaseMs: number,
    held: readonly AttemptOf[],
  ): Promise<readonly (AttemptOf & { readonly cancelRequested: boolean })[]> {
    if (held.length === 0) return [];
    const ids = held.map(({ id }) => id);
    const attempts = held.map(({ attempt }) => attempt);
    // A row that is being ended right now is locked for long; its lease is safe, since nobody else can lock it either.
    await em.execute(
      `with mine as (
         select id from job
          where state = 'running' and worker = ? and (id, attempt) in (select * from unnest(array[?]::text[], array[?]::int[]))
            for update skip locked)
       update job set lease_until = clock_timestamp() + ? * interval '1 millisecond' from mine where job.id = mine.id`,
      [worker, ids, attempts, leaseMs],
    );
    return em.execute<{ id: string; attempt: number; cancelRequested: boolean }[]>(
      `select id, attempt, cancel_requested as "cancelRequested" from job
        where state = 'running' and worker = ? and (id, attempt) in (select * from unnest(array[?]::text[], array[?]::int[]))`,
      [worker, ids, attempts],
    );
  }

  /** Locks the row of a running attempt until the end of the transaction. Throws `job_lease_lost` when it is not current. */
  async lockAttempt(em: EntityManager, { id, attempt }: AttemptOf): Promise<JobRow> {
    const [row] = await em.execute<JobRow[]>(
      `select ${jobColumns} from job where id = ? and attempt = ? and state = 'running' for update`,
      [id, attempt],
    );
    if (!row) throw problem('job_lease_lost', { detail: `Attempt ${attempt} is not the current one any more.` });
    return row;
  }

  async lock(em: EntityManager, id: string): Promise<JobRow | null> {
    const [row] = await em.execute<JobRow[]>(`select ${jobColumns} from job where id = ? for update`, [id]);
    return row ?? null;
  }

  async note(em: EntityManager, job: AttemptOf, key: string, value: string): Promise<void> {
    await this.lockAttempt(em, job);
    await em.execute('update job set notes = notes || jsonb_build_object(?::text, ?::text) where id = ?', [key, value, job.id]);
  }

  /** Ends a row that the caller has locked. */
  async end(em: EntityManager, row: JobRow, ending: Ending): Promise<void> {
    const outputs = ending.state === 'succeeded' ? ending.outputs : {};
    const error = ending.state === 'succeeded' ? null : ending.error;
    const progress: JobProgress =
      ending.state === 'succeeded' ? { ...row.progress, ratio: 1, remainingMs: 0 } : { ...row.progress, remainingMs: null };
    await em.execute(
      `update job set state = ?, outputs = ?::jsonb, error = ?::jsonb, progress = ?::jsonb, finished_at = clock_timestamp(),
              lease_until = null, worker = null, deadline = null, checkpoints = '[]' where id = ?`,
      [ending.state, JSON.stringify(outputs), error === null ? null : JSON.stringify(error), JSON.stringify(progress), row.id],
    );
    const about = { state: ending.state, attempt: row.attempt, outputs, error };
    await this.#append(em, row.id, [
      { type: 'state', data: about },
      { type: 'done', data: about },
    ]);
    await this.#record(em, { ...row, state: ending.state, outputs, error, progress }, pastOf[ending.state]);
  }

  /** Puts a locked running row back in the queue. A crash counts against its attempts and waits longer each time. */
  async requeue(em: EntityManager, row: JobRow, why: { readonly crashed: boolean; readonly message: string }): Promise<void> {
    const crashes = row.crashes + (why.crashed ? 1 : 0);
    const delaySeconds = crashes < 2 ? 0 : Math.min(30, 2 ** (crashes - 2));
    await em.execute(
      `update job set state = 'queued', crashes = ?, lease_until = null, worker = null, deadline = null,
              available_at = clock_timestamp() + ? * interval '1 second' where id = ?`,
      [crashes, delaySeconds, row.id],
    );
    await this.#append(em, row.id, [
      { type: 'log', data: { level: why.crashed ? 'warn' : 'info', message: why.message } },
      { type: 'state', data: { state: 'queued', attempt: row.attempt } },
    ]);
    await this.#record(em, { ...row, state: 'queued' }, 'job.queued');
  }

  async setDeadline(em: EntityManager, job: AttemptOf, deadlineMs: number): Promise<void> {
    await em.execute(`update job set deadline = clock_timestamp() + ? * interval '1 millisecond' where id = ? and attempt = ?`, [
      deadlineMs,
      job.id,
      job.attempt,
    ]);
  }

  /** Writes what a locked attempt reported. */
  async report(em: EntityManager, row: JobRow, events: readonly NewJobEvent[], progress: JobProgress | null): Promise<void> {
    if (progress) await em.execute('update job set progress = ?::jsonb where id = ?', [JSON.stringify(progress), row.id]);
    await this.#append(em, row.id, events);
  }

  async keepCheckpoints(em: EntityManager, row: JobRow, checkpoints: JobRow['checkpoints']): Promise<void> {
    await em.execute('update job set checkpoints = ?::jsonb where id = ?', [JSON.stringify(checkpoints), row.id]);
  }

  async requestCancel(em: EntityManager, row: JobRow): Promise<void> {
    await em.execute('update job set cancel_requested = true where id = ?', [row.id]);
    await this.#record(em, row, 'job.cancel_requested');
  }

  /** Running rows whose worker stopped renewing, locked. Those that another process is handling are left to it. */
  async lockExpired(em: EntityManager, limit: number): Promise<readonly JobRow[]> {
    return em.execute<JobRow[]>(
      `select ${jobColumns} from job where state = 'running' and lease_until < clock_timestamp()
        order by job.lease_until for update skip locked limit ?`,
      [limit],
    );
  }

  async isExpired(em: EntityManager, id: string): Promise<boolean> {
    const [row] = await em.execute<{ id: string }[]>(`select id from job where id = ? and lease_until < clock_timestamp()`, [id]);
    return row !== undefined;
  }

  async waiting(em: EntityManager, limit: number): Promise<readonly string[]> {
    const rows = await em.execute<{ id: string }[]>(
      `select id from job where state = 'queued' and available_at <= clock_timestamp() order by id limit ?`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  async queueOf(em: EntityManager, id: string): Promise<{ ahead: number; workersAlive: number }> {
    const [row] = await em.execute<{ ahead: number; workersAlive: number }[]>(
      `select (select count(*)::int from job where state = 'queued' and id < ?) as ahead,
              (select count(*)::int from worker where last_heartbeat_at > clock_timestamp() - interval '10 seconds') as "workersAlive"`,
      [id],
    );
    return row ?? { ahead: 0, workersAlive: 0 };
  }

  async eventsAfter(em: EntityManager, jobId: string, after: number, limit: number): Promise<readonly JobEvent[]> {
    const rows = await em.execute<{ seq: number; at: number; type: JobEvent['type']; data: JobEvent['data'] }[]>(
      `select seq, (extract(epoch from at) * 1000)::float8 as at, type, data from job_event where job_id = ? and seq > ? order by seq limit ?`,
      [jobId, after, limit],
    );
    return rows.map((row) => ({ ...row, at: new Date(row.at).toISOString() }));
  }

  async countByState(em: EntityManager): Promise<readonly { kind: string; state: JobState; count: number }[]> {
    return em.execute<{ kind: string; state: JobState; count: number }[]>(
      `select kind, state, count(*)::int as count from job where state in ('queued', 'running') group by kind, state`,
    );
  }

  /** The row's lock gives each event its number, so a job's events have one order. */
  async #append(em: EntityManager, jobId: string, events: readonly NewJobEvent[]): Promise<void> {
    if (events.length === 0) return;
    await em.execute(
      `with numbered as (update job set event_seq = event_seq + ? where id = ? returning event_seq - ? as base)
       insert into job_event (job_id, seq, type, data)
       select ?, numbered.base + item.ordinality::int, item.value ->> 'type', item.value -> 'data'
         from numbered, jsonb_array_elements(?::jsonb) with ordinality as item (value, ordinality)`,
      [events.length, jobId, events.length, jobId, JSON.stringify(events)],
    );
  }

  async #record(em: EntityManager, row: JobRow, type: string): Promise<void> {
    const { id, kind, name, state, attempt, outputs, error } = row;
    await this.events.record(em, { topic: `jobs.${id}`, type, data: { id, kind, name, state, attempt, outputs, error } });
  }

  async #required(em: EntityManager, id: string): Promise<JobRow> {
    const row = await this.find(em, id);
    if (!row) throw problem('job_gone', { detail: `There is no job ${id}.` });
    return row;
  }
}
