import type { Evaluation, Signature, Split, Task } from '@crisol/contracts';
import { isPluginError, type ModelType, type TrainedModel } from '@crisol/plugin-api';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duckDbTableFiles } from '../datasets/duckdb/table-files.js';
import { readTable } from '../datasets/duckdb/read-table.js';
import { JobFailure, type JobContext } from '../platform/jobs/job-handler.js';
import { instantiatePlugin } from '../platform/plugins/child/instantiate-plugin.js';
import type { PluginReference } from '../platform/plugins/plugin-host.js';
import { evaluate, meanOfFolds, type Measured } from './evaluate.js';
import { OnnxScorer } from './onnx-scorer.js';
import { describeSignature } from './signature.js';
import { foldsOf, holdoutOf } from './split-rows.js';
import { prepareTable, takeColumn, takeRows, UnusableTable, type TrainingTable } from './training-table.js';

export interface PreparedTraining {
  readonly parquet: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly task: Task;
  readonly plugin: PluginReference;
  readonly params: Readonly<Record<string, unknown>>;
  readonly split: Split;
}
export interface TrainingResult {
  /** Name of the file in the work folder. */
  readonly modelFile: string;
  readonly signature: Signature;
  readonly evaluation: Evaluation;
}

/** The part of a training's progress that the learner itself takes; the rest is reading, scoring and writing. */
const learningShare = 0.8;

/**
 * Trains in a child process. With a holdout the version is the model that was measured; with k folds it is fitted once
 * more on all rows, and the scores are the mean over the folds.
 */
export async function run(prepared: PreparedTraining, context: JobContext): Promise<TrainingResult> {
  context.progress(0, `Reading ${prepared.columns.length + 1} columns`, 'prepare');
  const whole = await readTable(prepared.parquet, [...prepared.columns, prepared.target]);
  const data = explain(() => prepareTable(whole, prepared.target, prepared.task));
  const warnings = data.droppedRows > 0 ? [`${data.droppedRows} rows without a ${prepared.target} were left out.`] : [];
  for (const warning of warnings) context.log('warn', warning);
  const modelType = await loadModelType(prepared.plugin, context);
  const trainer = new Trainer(prepared, modelType, data, context);

  const { model, evaluation } =
    prepared.split.kind === 'holdout' ? await trainer.withHoldout(prepared.split) : await trainer.withFolds(prepared.split);

  context.progress(0.98, 'Writing the model', 'register');
  const modelFile = 'model.onnx';
  await writeFile(join(context.workFolder, modelFile), model.onnx);
  const notes = [...warnings, ...model.notes];
  for (const note of model.notes) context.log('info', note);
  return {
    modelFile,
    signature: describeSignature(prepared.task, data.table, prepared.target, data.labels),
    evaluation: { ...evaluation, warnings: notes },
  };
}

/** One training: the data, the model type, and where to report. */
class Trainer {
  constructor(
    private readonly prepared: PreparedTraining,
    private readonly modelType: ModelType,
    private readonly data: TrainingTable,
    private readonly context: JobContext,
  ) {}

  async withHoldout(split: Extract<Split, { kind: 'holdout' }>): Promise<{ model: TrainedModel; evaluation: Evaluation }> {
    const rows = holdoutOf(this.data, split);
    const model = await this.fit(rows.train, split.seed, 0, 1, '');
    const measured = await this.measure(model, rows.train, rows.test);
    return { model, evaluation: this.describe(split, rows.train.length, rows.test.length, model, measured, []) };
  }

  async withFolds(split: Extract<Split, { kind: 'kfold' }>): Promise<{ model: TrainedModel; evaluation: Evaluation }> {
    const parts = split.folds + 1;
    const folds: Measured[] = [];
    let testRows = 0;
    for (const [index, rows] of foldsOf(this.data, split).entries()) {
      const model = await this.fit(rows.train, split.seed, index, parts, `fold ${index + 1} of ${split.folds}: `);
      const measured = await this.measure(model, rows.train, rows.test);
      folds.push(measured);
      testRows += rows.test.length;
      for (const [name, value] of Object.entries(measured.metrics))
        if (typeof value === 'number') this.context.metric(`fold_${name}`, index, value);
    }
    const all = Int32Array.from({ length: this.data.table.rows }, (_, row) => row);
    const model = await this.fit(all, split.seed, split.folds, parts, 'all rows: ');
    const mean = meanOfFolds(folds);
    return {
      model,
      evaluation: this.describe(
        split,
        all.length,
        testRows,
        model,
        mean,
        folds.map((fold) => fold.metrics),
      ),
    };
  }

  private async fit(rows: Int32Array, seed: number, part: number, parts: number, prefix: string): Promise<TrainedModel> {
    const { context, data, prepared } = this;
    context.signal.throwIfAborted();
    const isFinal = part === parts - 1;
    try {
      return await this.modelType.train(
        {
          task: prepared.task,
          table: takeRows(data.table, rows),
          target: takeColumn(data.target, rows),
          labels: data.labels,
          params: prepared.params,
          seed,
          checkpoint: parts === 1 ? context.checkpoint : null,
        },
        {
          progress: (ratio, message) => context.progress(0.05 + (learningShare * (part + ratio)) / parts, prefix + message, 'train'),
          // Curves of the folds would lie on top of each other; the fit that becomes the model draws the curve.
          metric: (name, step, value) => {
            if (isFinal) context.metric(name, step, value);
          },
          log: (level, message) => context.log(level, prefix + message),
          // The state of one fold would not fit another.
          saveCheckpoint: async (bytes) => {
            if (parts === 1) await context.saveCheckpoint(bytes);
          },
        },
        context.signal,
      );
    } catch (error) {
      if (isPluginError(error) && (error.code === 'unusable_data' || error.code === 'invalid_input'))
        throw new JobFailure('training_data_unusable', error.message);
      throw error;
    }
  }

  private async measure(model: TrainedModel, train: Int32Array, test: Int32Array): Promise<Measured> {
    const { context, data, prepared } = this;
    context.progress(0.9, `Scoring ${test.length} rows that the model has not seen`, 'evaluate');
    const scorer = await OnnxScorer.load(model.onnx);
    try {
      const scores = await scorer.score(
        takeRows(data.table, test),
        prepared.task === 'regression' ? 'prediction' : 'probabilities',
        context.signal,
      );
      return evaluate(prepared.task, takeColumn(data.target, test), takeColumn(data.target, train), scores, data.labels);
    } finally {
      await scorer.release();
    }
  }

  private describe(
    split: Split,
    train: number,
    test: number,
    model: TrainedModel,
    measured: Measured,
    folds: Measured['metrics'][],
  ): Evaluation {
    return {
      task: this.prepared.task,
      split,
      rows: { train, test },
      labels: [...this.data.labels],
      folds,
      ...measured,
      importance: normalise(model.importance),
      warnings: [],
    };
  }
}

function normalise(importance: TrainedModel['importance']): { column: string; value: number }[] {
  const total = importance.reduce((sum, entry) => sum + entry.value, 0);
  return importance.map(({ column, value }) => ({ column, value: total > 0 ? value / total : 0 })).sort((a, b) => b.value - a.value);
}

async function loadModelType(reference: PluginReference, context: JobContext): Promise<ModelType> {
  const provided = await instantiatePlugin(reference, context, duckDbTableFiles);
  const modelType = provided.modelTypes?.find((candidate) => candidate.name === reference.name);
  if (!modelType) throw new JobFailure('model_type_unknown', `The plugin ${reference.pluginId} does not bring ${reference.name} any more.`);
  return modelType;
}

function explain<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnusableTable)
      throw new JobFailure('training_data_unusable', error.message, [
        { pointer: error.pointer, code: 'training_data_unusable', message: error.message },
      ]);
    throw error;
  }
}
