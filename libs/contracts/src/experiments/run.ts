import { z } from 'zod';
import { JsonObject, listQuery, LooseNumber, objectFields, pageOf, Timestamp } from '../common.js';
import { id, Name } from '../ids.js';

/** Deleted objects can be restored until the grace time is over; then they are removed with their files. */
export const Lifecycle = z.enum(['active', 'deleted']).meta({ id: 'Lifecycle' });
export type Lifecycle = z.infer<typeof Lifecycle>;
export const LifecycleFilter = z.enum(['active', 'deleted', 'all']).default('active');

export const Experiment = z
  .object({
    id: id('exp'),
    name: z.string(),
    number: z.int().meta({ description: 'The experiment id of MLflow clients' }),
    description: z.string().meta({ description: 'Markdown; the tag mlflow.note.content' }),
    lifecycle: Lifecycle,
    deletedAt: Timestamp.nullable(),
    removedAfter: Timestamp.nullable().meta({ description: 'When a deleted experiment is removed for good' }),
    runs: z.int().meta({ description: 'Active runs' }),
    lastRunAt: Timestamp.nullable(),
    artifactBytes: z.int().meta({ description: 'Bytes of all artifacts of its runs and logged models' }),
    ...objectFields,
  })
  .meta({ id: 'Experiment' });
export type Experiment = z.infer<typeof Experiment>;
export const ExperimentPage = pageOf(Experiment, 'ExperimentPage');
export type ExperimentPage = z.infer<typeof ExperimentPage>;
export const CreateExperiment = z
  .strictObject({ name: Name, description: z.string().max(20_000).default(''), tags: z.record(z.string(), z.string()).default({}) })
  .meta({ id: 'CreateExperiment', example: { name: 'churn', description: 'Who leaves, and why' } });
export type CreateExperiment = z.infer<typeof CreateExperiment>;
export const UpdateExperiment = z
  .strictObject({
    name: Name.optional(),
    description: z.string().max(20_000).optional(),
    tags: z.record(z.string(), z.string().max(20_000).nullable()).optional().meta({ description: 'Merged; null takes a tag away' }),
  })
  .meta({ id: 'UpdateExperiment' });
export type UpdateExperiment = z.infer<typeof UpdateExperiment>;
export const RemoveExperiment = z
  .strictObject({ confirm: z.string().meta({ description: 'The name of the experiment' }) })
  .meta({ id: 'RemoveExperiment', example: { confirm: 'churn' } });
export type RemoveExperiment = z.infer<typeof RemoveExperiment>;
export const ExperimentListQuery = z.strictObject({ ...listQuery, lifecycle: LifecycleFilter });
export type ExperimentListQuery = z.infer<typeof ExperimentListQuery>;

export const RunState = z.enum(['scheduled', 'running', 'succeeded', 'failed', 'cancelled']).meta({ id: 'RunState' });
export type RunState = z.infer<typeof RunState>;
export const MetricSummary = z
  .object({ last: LooseNumber, min: LooseNumber, max: LooseNumber, step: z.int(), count: z.int() })
  .meta({ id: 'MetricSummary' });
export type MetricSummary = z.infer<typeof MetricSummary>;
export const RunInput = z
  .object({
    name: z.string(),
    digest: z.string(),
    context: z.string().nullable().meta({ description: 'Such as training; the tag mlflow.data.context' }),
    sourceType: z.string(),
    source: z.string(),
    schema: z.string().nullable(),
    profile: z.string().nullable(),
  })
  .meta({ id: 'RunInput' });
export type RunInput = z.infer<typeof RunInput>;
export const RunModelLink = z
  .object({ id: z.string(), name: z.string(), role: z.enum(['input', 'output']), step: z.int().nullable() })
  .meta({ id: 'RunModelLink' });
export type RunModelLink = z.infer<typeof RunModelLink>;

export const Run = z
  .object({
    id: id('run'),
    name: z.string(),
    mlflowId: z.string().meta({ description: '32 hex digits: the run id of MLflow clients. Both ids are taken everywhere' }),
    experiment: z.object({ id: id('exp'), name: z.string(), number: z.int() }),
    state: RunState,
    lifecycle: Lifecycle,
    deletedAt: Timestamp.nullable(),
    removedAfter: Timestamp.nullable().meta({ description: 'When a deleted run is removed for good' }),
    description: z.string().meta({ description: 'Markdown; the tag mlflow.note.content' }),
    user: z.string().meta({ description: 'Who ran it, as the client says' }),
    parent: id('run').nullable().meta({ description: 'The run that this one is nested in' }),
    source: z.enum(['training', 'client', 'trial']),
    job: z.string().nullable(),
    datasetVersion: z.object({ dataset: z.string(), version: z.int(), id: id('dsv') }).nullable(),
    modelVersion: z.object({ model: z.string(), version: z.int(), id: id('ver') }).nullable(),
    params: z.record(z.string(), z.string()),
    metrics: z.record(z.string(), MetricSummary),
    evaluation: JsonObject.nullable().meta({ description: 'See Evaluation' }),
    inputs: z.array(RunInput).meta({ description: 'Data sets that the client said it read' }),
    loggedModels: z.array(RunModelLink),
    artifactUri: z.string(),
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    ...objectFields,
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;
export const RunPage = pageOf(Run, 'RunPage');
export type RunPage = z.infer<typeof RunPage>;
export const RunListQuery = z.strictObject({
  ...listQuery,
  experiment: z.string().optional(),
  state: RunState.optional(),
  lifecycle: LifecycleFilter,
});
export type RunListQuery = z.infer<typeof RunListQuery>;

export const CreateRun = z
  .strictObject({
    experiment: z.string().meta({ description: 'Id or name; made when absent' }),
    name: Name.optional(),
    params: z.record(z.string(), z.string()).default({}),
    tags: z.record(z.string(), z.string()).default({}),
  })
  .meta({ id: 'CreateRun' });
export type CreateRun = z.infer<typeof CreateRun>;
export const UpdateRun = z
  .strictObject({
    name: z.string().min(1).max(250).optional(),
    description: z.string().max(20_000).optional(),
    tags: z
      .record(z.string().min(1).max(250), z.string().max(8000).nullable())
      .optional()
      .meta({ description: 'Merged; null takes a tag away' }),
  })
  .meta({ id: 'UpdateRun', example: { tags: { reviewed: 'yes' } } });
export type UpdateRun = z.infer<typeof UpdateRun>;
export const ChangeRuns = z
  .strictObject({
    runs: z.array(z.string().min(1)).min(1).max(1000),
    action: z.enum(['tag', 'delete', 'restore']),
    tags: z
      .record(z.string().min(1).max(250), z.string().max(8000).nullable())
      .default({})
      .meta({ description: 'For tag; null takes a tag away' }),
  })
  .meta({ id: 'ChangeRuns' });
export type ChangeRuns = z.infer<typeof ChangeRuns>;
export const ChangedRuns = z.object({ changed: z.int() }).meta({ id: 'ChangedRuns' });
export type ChangedRuns = z.infer<typeof ChangedRuns>;
export const LogToRun = z
  .strictObject({
    metrics: z
      .array(z.strictObject({ name: z.string().min(1).max(250), step: z.int().default(0), value: LooseNumber, at: Timestamp.optional() }))
      .max(1000)
      .default([]),
    params: z.record(z.string().min(1).max(250), z.string().max(6000)).default({}),
    tags: z.record(z.string(), z.string()).default({}),
  })
  .meta({ id: 'LogToRun' });
export type LogToRun = z.infer<typeof LogToRun>;
export const FinishRun = z.strictObject({ state: z.enum(['succeeded', 'failed', 'cancelled']) }).meta({ id: 'FinishRun' });
export type FinishRun = z.infer<typeof FinishRun>;

export const SeriesQuery = z.strictObject({
  runs: z.string().min(1),
  metrics: z.string().min(1),
  x: z
    .enum(['step', 'time', 'elapsed'])
    .default('step')
    .meta({ description: 'time: ms since 1970; elapsed: ms since the first point of the run' }),
  from: z.coerce.number().optional().meta({ description: 'Only points at or after this x; for a zoom' }),
  to: z.coerce.number().optional(),
  maxPoints: z.coerce.number().int().min(10).max(10_000).default(2000),
});
export type SeriesQuery = z.infer<typeof SeriesQuery>;
/** Columns by run and metric, never row objects. */
export const Series = z
  .record(
    z.string(),
    z.record(z.string(), z.object({ x: z.array(z.number()), y: z.array(LooseNumber), total: z.int(), reduced: z.boolean() })),
  )
  .meta({ id: 'Series' });
export type Series = z.infer<typeof Series>;
