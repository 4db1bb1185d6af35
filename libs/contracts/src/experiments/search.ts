import { z } from 'zod';
import { LooseNumber } from '../common.js';
import { LifecycleFilter } from './run.js';

/** Which runs: the same in every call that picks runs. */
const runChoice = {
  experiments: z.array(z.string()).max(100).default([]).meta({ description: 'Ids, numbers or names; none: all' }),
  filter: z.string().max(20_000).default('').meta({
    description: "As in MLflow, and with OR and parentheses: metrics.rmse < 1 AND (params.depth = '4' OR tags.team LIKE 'risk%')",
  }),
  lifecycle: LifecycleFilter,
};
/** `metrics.rmse ASC`, `min(metrics.rmse) ASC`, `max(…)`, `params.depth`, `tags.team DESC`, `attributes.start_time`. */
const orderBy = z.array(z.string().min(1).max(600)).max(10).default([]);

export const SearchRuns = z
  .strictObject({ ...runChoice, orderBy, limit: z.int().min(1).max(1000).default(100), cursor: z.string().max(2000).optional() })
  .meta({
    id: 'SearchRuns',
    example: { experiments: ['churn'], filter: "metrics.roc_auc > 0.8 AND params.depth = '4'", orderBy: ['metrics.roc_auc DESC'] },
  });
export type SearchRuns = z.infer<typeof SearchRuns>;

/**
 * A column of a table of runs: `metrics.k` (last), `min(metrics.k)`, `max(metrics.k)`, `params.k`, `tags.k`, or `attributes.` and one of
 * id, mlflowId, name, state, user, source, startedAt, finishedAt, durationMs, experiment, datasetVersion, modelVersion, lifecycle, parent.
 */
export const RunField = z
  .string()
  .max(300)
  .regex(
    /^(?:(?:metrics|params|tags|attributes)\..+|(?:min|max)\(metrics\..+\))$/,
    'must look like metrics.rmse, min(metrics.rmse), params.depth, tags.team or attributes.name',
  );
export const ReadRunColumns = z
  .strictObject({
    ...runChoice,
    orderBy,
    fields: z.array(RunField).min(1).max(200),
    limit: z.int().min(1).max(50_000).default(10_000),
    offset: z.int().min(0).max(10_000_000).default(0),
  })
  .meta({ id: 'ReadRunColumns', example: { experiments: ['churn'], fields: ['attributes.name', 'params.depth', 'metrics.roc_auc'] } });
export type ReadRunColumns = z.infer<typeof ReadRunColumns>;
/** Columns, never row objects: 10,000 runs of ten columns are one small answer. */
export const RunColumns = z
  .object({
    ids: z.array(z.string()),
    columns: z.record(z.string(), z.array(z.union([LooseNumber, z.string(), z.null()]))),
    total: z.int().meta({ description: 'Runs that match; those beyond limit are not here' }),
  })
  .meta({ id: 'RunColumns' });
export type RunColumns = z.infer<typeof RunColumns>;

/** What the runs of an experiment have logged: for the choice of columns and the completion of filters. */
export const RunFields = z
  .object({
    runs: z.int(),
    metrics: z.array(z.object({ name: z.string(), runs: z.int(), min: LooseNumber.nullable(), max: LooseNumber.nullable() })),
    params: z.array(
      z.object({
        name: z.string(),
        runs: z.int(),
        numeric: z.boolean(),
        distinct: z.int(),
        values: z.array(z.string()).meta({ description: 'The commonest, at most 20' }),
      }),
    ),
    tags: z.array(z.object({ name: z.string(), runs: z.int(), values: z.array(z.string()) })),
    datasets: z.array(z.object({ name: z.string(), digest: z.string(), context: z.string().nullable() })),
    truncated: z.boolean().meta({ description: 'More than 2,000 names of one kind' }),
  })
  .meta({ id: 'RunFields' });
export type RunFields = z.infer<typeof RunFields>;

export const ReadImportance = z
  .strictObject({ ...runChoice, metric: z.string().min(1).max(250), of: z.enum(['last', 'min', 'max']).default('last') })
  .meta({ id: 'ReadImportance' });
export type ReadImportance = z.infer<typeof ReadImportance>;
export const ParameterImportance = z
  .object({
    metric: z.string(),
    runs: z.int().meta({ description: 'Runs that have the metric and at least one parameter that varies' }),
    method: z.string(),
    parameters: z.array(
      z.object({
        name: z.string(),
        importance: z.number().meta({ description: 'Share of what the model of the metric learnt from this parameter; they sum to 1' }),
        correlation: z.number().nullable().meta({ description: 'Spearman, for numeric parameters' }),
        numeric: z.boolean(),
      }),
    ),
    note: z.string().nullable().meta({ description: 'Why there is nothing, such as too few runs' }),
  })
  .meta({ id: 'ParameterImportance' });
export type ParameterImportance = z.infer<typeof ParameterImportance>;
