import { z } from 'zod';
import { JsonObject, LooseNumber } from '../common.js';
import { Name } from '../ids.js';

export const Task = z.enum(['regression', 'binary', 'multiclass', 'anomaly', 'clustering']).meta({ id: 'Task' });
export type Task = z.infer<typeof Task>;

/** Where a search for good parameters may look. */
export const SearchRange = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('float'), low: z.number(), high: z.number(), log: z.boolean().optional() }),
    z.object({ kind: z.literal('int'), low: z.int(), high: z.int(), step: z.int().optional(), log: z.boolean().optional() }),
    z.object({ kind: z.literal('categorical'), choices: z.array(z.union([z.string(), z.number(), z.boolean()])) }),
  ])
  .meta({ id: 'SearchRange' });
export type SearchRange = z.infer<typeof SearchRange>;

export const ModelTypeInfo = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    plugin: z.string(),
    tasks: z.array(Task),
    paramsSchema: JsonObject,
    defaults: JsonObject,
    search: z.record(z.string(), SearchRange).optional().meta({ description: 'Where a search may look, by parameter' }),
    brings: z.boolean().optional().meta({ description: 'Takes models that were made elsewhere' }),
  })
  .meta({ id: 'ModelType' });
export type ModelTypeInfo = z.infer<typeof ModelTypeInfo>;
export const ModelTypeList = z.object({ data: z.array(ModelTypeInfo) }).meta({ id: 'ModelTypeList' });
export type ModelTypeList = z.infer<typeof ModelTypeList>;

export const Split = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('holdout'), testShare: z.number().min(0.05).max(0.5).default(0.2), seed: z.int().min(0).default(1) }),
    z.strictObject({ kind: z.literal('kfold'), folds: z.int().min(2).max(20).default(5), seed: z.int().min(0).default(1) }),
  ])
  .meta({ id: 'Split' });
export type Split = z.infer<typeof Split>;

/** Input of the job `model.train`. */
export const ModelTrainInput = z
  .strictObject({
    dataset: z.string().meta({ description: 'Id or name' }),
    version: z.int().min(1).optional().meta({ description: 'The latest when left out' }),
    target: z.string().default('').meta({
      description: 'Left out for anomaly and clustering; a column named there is no input and only measures the model',
    }),
    task: Task.optional().meta({ description: 'Detected from the target, or the only one of the model type, when left out' }),
    columns: z.array(z.string()).min(1).max(2000).optional().meta({ description: 'Inputs; all but the target when left out' }),
    modelType: z.string().min(1),
    params: JsonObject.default({}),
    split: Split.default({ kind: 'holdout', testShare: 0.2, seed: 1 }),
    experiment: Name.optional().meta({ description: 'Named after the data set when left out' }),
    register: z.strictObject({ model: Name, alias: Name.optional() }).nullable().default(null),
  })
  .meta({
    id: 'ModelTrainInput',
    example: { dataset: 'penguins', target: 'species', modelType: 'gradient-boosting', register: { model: 'penguins', alias: 'champion' } },
  });
export type ModelTrainInput = z.infer<typeof ModelTrainInput>;

/** What a training run found on rows that it did not train on. */
export const Evaluation = z
  .object({
    task: Task,
    split: Split,
    rows: z.object({ train: z.int(), test: z.int() }),
    metrics: z.record(z.string(), LooseNumber.nullable()).meta({ description: 'On the holdout, or the mean over the folds' }),
    folds: z.array(z.record(z.string(), LooseNumber.nullable())).meta({ description: 'k-fold only' }),
    labels: z.array(z.string()),
    confusion: z.array(z.array(z.int())).nullable().meta({ description: 'rows: truth, columns: prediction, in the order of labels' }),
    roc: z.object({ fpr: z.array(z.number()), tpr: z.array(z.number()) }).nullable(),
    calibration: z.array(z.object({ predicted: z.number(), observed: z.number(), count: z.int() })).nullable(),
    residuals: z
      .object({ predicted: z.array(z.number()), residual: z.array(z.number()) })
      .nullable()
      .meta({ description: 'At most 1,000 sampled rows' }),
    anomaly: z
      .object({ threshold: z.number(), share: z.number(), quantiles: z.array(z.object({ share: z.number(), score: z.number() })) })
      .nullable()
      .optional()
      .meta({ description: 'Task anomaly: share of the rows above the threshold, and how the scores are spread' }),
    clusters: z
      .array(z.object({ label: z.string(), rows: z.int(), share: z.number() }))
      .nullable()
      .optional()
      .meta({ description: 'Task clustering: sizes of the groups' }),
    importance: z.array(z.object({ column: z.string(), value: z.number() })),
    baseline: z.record(z.string(), LooseNumber.nullable()).meta({ description: 'Scores of the constant prediction' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Evaluation' });
export type Evaluation = z.infer<typeof Evaluation>;
