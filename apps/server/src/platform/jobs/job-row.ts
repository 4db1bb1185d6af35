import type { Job, JobError, JobKind, JobProgress, JobState } from '@crisol/contracts';
import type { ClaimedJob } from './job-handler.js';

type JsonInput = Job['input'];

/** One row of the ledger, as the queries of this folder read it. Times are milliseconds since 1970. */
export interface JobRow {
  readonly id: string;
  readonly kind: JobKind;
  readonly name: string;
  readonly state: JobState;
  readonly attempt: number;
  readonly crashes: number;
  readonly max_attempts: number;
  readonly input: JsonInput;
  readonly notes: Record<string, string>;
  readonly progress: JobProgress;
  readonly outputs: Record<string, string>;
  readonly error: JobError | null;
  readonly checkpoints: readonly { readonly key: string; readonly sha256: string }[];
  readonly event_seq: number;
  readonly cancel_requested: boolean;
  readonly worker: string | null;
  readonly lease_until: number | null;
  readonly created_at: number;
  readonly created_by: string | null;
  readonly started_at: number | null;
  readonly attempt_started_at: number | null;
  readonly finished_at: number | null;
  readonly idempotency_digest: string | null;
  readonly submit_attempt: number;
  readonly first_answer: Job | null;
}

const millis = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8 as ${column}`;

/** The columns of a `JobRow`. */
export const jobColumns = [
  'id, kind, name, state, attempt, crashes, max_attempts, input, notes, progress, outputs, error, checkpoints, event_seq',
  'cancel_requested, worker, created_by, idempotency_digest, submit_attempt, first_answer',
  ...['lease_until', 'created_at', 'started_at', 'attempt_started_at', 'finished_at'].map(millis),
].join(', ');

export const noProgress: JobProgress = { ratio: 0, step: '', totalSteps: null, message: '', remainingMs: null };

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function toJob(row: JobRow, queue: Job['queue']): Job {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    state: row.state,
    attempt: row.attempt,
    progress: row.progress,
    error: row.error,
    input: row.input,
    outputs: row.outputs,
    worker: row.worker,
    leaseUntil: iso(row.lease_until),
    createdAt: new Date(row.created_at).toISOString(),
    createdBy: row.created_by,
    startedAt: iso(row.started_at),
    finishedAt: iso(row.finished_at),
    links: { self: `/api/v1/jobs/${row.id}`, wait: `/api/v1/jobs/${row.id}/wait`, events: `/api/v1/jobs/${row.id}/events` },
    queue: row.state === 'queued' ? queue : null,
  };
}

export function toClaimedJob(row: JobRow): ClaimedJob<unknown> {
  return { id: row.id, attempt: row.attempt, name: row.name, input: row.input, createdBy: row.created_by, notes: row.notes };
}

export function isTerminal(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
