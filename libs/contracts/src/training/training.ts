import { z } from 'zod';
import { JsonObject, LooseNumber } from '../common.js';
import { Name } from '../ids.js';

export const Task = z.enum(['regression', 'binary', 'multiclass', 'anomaly', 'clustering']).meta({ id: 'Task' });
export type Task = z.infer<typeof Task>;

export const ModelTypeInfo = z
  .object({
    name: z.string(),
    title: z.string(),
    description: z.string(),
    plugin: z.string(),
    tasks: z.array(Task),
    paramsSchema: JsonObject,
    defaults: JsonObject,
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
    target: z.string().min(1),
    task: Task.optional().meta({ description: 'Detected from the target when left out' }),
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
    importance: z.array(z.object({ column: z.string(), value: z.number() })),
    baseline: z.record(z.string(), LooseNumber.nullable()).meta({ description: 'Scores of the constant prediction' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Evaluation' });
export type Evaluation = z.infer<typeof Evaluation>;
