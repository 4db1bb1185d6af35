import { z } from 'zod';
import { JsonObject, listQuery, LooseNumber, objectFields, pageOf, Timestamp } from '../common.js';
import { id, Name } from '../ids.js';

export const Experiment = z.object({ id: id('exp'), name: z.string(), ...objectFields, runs: z.int() }).meta({ id: 'Experiment' });
export type Experiment = z.infer<typeof Experiment>;
export const ExperimentPage = pageOf(Experiment, 'ExperimentPage');
export type ExperimentPage = z.infer<typeof ExperimentPage>;
export const CreateExperiment = z
  .strictObject({ name: Name, tags: z.record(z.string(), z.string()).default({}) })
  .meta({ id: 'CreateExperiment' });
export type CreateExperiment = z.infer<typeof CreateExperiment>;

export const RunState = z.enum(['running', 'succeeded', 'failed', 'cancelled']).meta({ id: 'RunState' });
export type RunState = z.infer<typeof RunState>;
export const MetricSummary = z
  .object({ last: LooseNumber, min: LooseNumber, max: LooseNumber, step: z.int(), count: z.int() })
  .meta({ id: 'MetricSummary' });
export type MetricSummary = z.infer<typeof MetricSummary>;
export const Run = z
  .object({
    id: id('run'),
    name: z.string(),
    experiment: z.object({ id: id('exp'), name: z.string() }),
    state: RunState,
    source: z.enum(['training', 'client', 'trial']),
    job: z.string().nullable(),
    datasetVersion: z.object({ dataset: z.string(), version: z.int(), id: id('dsv') }).nullable(),
    modelVersion: z.object({ model: z.string(), version: z.int(), id: id('ver') }).nullable(),
    params: z.record(z.string(), z.string()),
    metrics: z.record(z.string(), MetricSummary),
    evaluation: JsonObject.nullable().meta({ description: 'See Evaluation' }),
    startedAt: Timestamp,
    finishedAt: Timestamp.nullable(),
    ...objectFields,
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;
export const RunPage = pageOf(Run, 'RunPage');
export type RunPage = z.infer<typeof RunPage>;
export const RunListQuery = z.strictObject({ ...listQuery, experiment: z.string().optional(), state: RunState.optional() });
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
  x: z.enum(['step', 'time']).default('step'),
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
