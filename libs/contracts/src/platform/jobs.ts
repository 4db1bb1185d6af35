import { z } from 'zod';
import { JsonObject, listQuery, pageOf, Timestamp } from '../common.js';
import { id } from '../ids.js';

export const jobKinds = [
  'dataset.import',
  'dataset.profile',
  'suite.validate',
  'model.train',
  'model.bring',
  'study.run',
  'version.admit',
  'version.evaluate',
  'model.judge',
  'models.compare',
  'predictions.batch',
  'predictions.async',
  'features.materialise',
  'features.backfill',
  'pipeline.run',
  'data.export',
] as const;
export const JobKind = z.enum(jobKinds).meta({ id: 'JobKind' });
export type JobKind = z.infer<typeof JobKind>;
export const JobState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']).meta({ id: 'JobState' });
export type JobState = z.infer<typeof JobState>;

export const JobProgress = z
  .object({
    ratio: z.number().min(0).max(1),
    step: z.string(),
    totalSteps: z.int().nullable(),
    message: z.string(),
    remainingMs: z.number().nullable(),
  })
  .meta({ id: 'JobProgress' });
export type JobProgress = z.infer<typeof JobProgress>;
export const JobError = z
  .object({
    code: z.string(),
    title: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'JobError' });
export type JobError = z.infer<typeof JobError>;
export const Job = z
  .object({
    id: id('job'),
    kind: JobKind,
    name: z.string().meta({ description: 'What it works on, in words' }),
    state: JobState,
    attempt: z.int(),
    progress: JobProgress,
    error: JobError.nullable(),
    input: JsonObject,
    outputs: z.record(z.string(), z.string()).meta({ description: 'Ids of what it made: run, modelVersion, datasetVersion, validation …' }),
    worker: z.string().nullable(),
    leaseUntil: Timestamp.nullable(),
    createdAt: Timestamp,
    createdBy: z.string().nullable(),
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    links: z.object({ self: z.string(), wait: z.string(), events: z.string() }),
    queue: z.object({ ahead: z.int(), workersAlive: z.int() }).nullable().meta({ description: 'Only while queued' }),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof Job>;
export const JobPage = pageOf(Job, 'JobPage');
export type JobPage = z.infer<typeof JobPage>;
export const CreateJob = z.strictObject({ kind: JobKind, input: JsonObject }).meta({
  id: 'CreateJob',
  example: { kind: 'model.train', input: { dataset: 'penguins', target: 'species', modelType: 'gradient-boosting' } },
});
export type CreateJob = z.infer<typeof CreateJob>;
export const JobListQuery = z.strictObject({ ...listQuery, kind: JobKind.optional(), state: JobState.optional() });
export type JobListQuery = z.infer<typeof JobListQuery>;
export const JobWaitQuery = z.strictObject({ timeout: z.coerce.number().min(0).max(25).default(25) });
export type JobWaitQuery = z.infer<typeof JobWaitQuery>;
export const JobPending = z.object({ id: id('job'), state: JobState, progress: JobProgress }).meta({ id: 'JobPending' });
export type JobPending = z.infer<typeof JobPending>;

/** One event of a job's stream. `seq` grows by one for each event of a job and is the SSE id. */
export const JobEvent = z
  .object({ seq: z.int(), at: Timestamp, type: z.enum(['state', 'progress', 'metric', 'log', 'trial', 'done']), data: JsonObject })
  .meta({ id: 'JobEvent', description: 'metric: { name, step, value, split? }; log: { level, message }; state: { state, attempt }' });
export type JobEvent = z.infer<typeof JobEvent>;

export const Worker = z
  .object({
    id: z.string(),
    host: z.string(),
    role: z.enum(['all', 'worker']),
    capacity: z.int(),
    running: z.int(),
    startedAt: Timestamp,
    lastHeartbeatAt: Timestamp,
    alive: z.boolean(),
  })
  .meta({ id: 'Worker' });
export type Worker = z.infer<typeof Worker>;
export const WorkerList = z.object({ data: z.array(Worker), doorbell: z.enum(['listen', 'bull', 'polling']) }).meta({ id: 'WorkerList' });
export type WorkerList = z.infer<typeof WorkerList>;
