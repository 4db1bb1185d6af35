import type { Evaluation, Signature, Split, Task } from '@crisol/contracts';
import { isPluginError, type ModelType, type Table, type TrainedModel } from '@crisol/plugin-api';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duckDbTableFiles } from '../datasets/duckdb/table-files.js';
import { readTable } from '../datasets/duckdb/read-table.js';
import { JobFailure, type JobContext } from '../platform/jobs/job-handler.js';
import { instantiatePlugin } from '../platform/plugins/child/instantiate-plugin.js';
import type { PluginReference } from '../platform/plugins/plugin-host.js';
import { evaluateAnomalies, evaluateGroups } from './evaluate-untargeted.js';
import { evaluate, meanOfFolds, type Measured } from './evaluate.js';
import { OnnxScorer } from './onnx-scorer.js';
import { describeSignature } from './signature.js';
import { foldsOf, holdoutOf } from './split-rows.js';
import { isUntargeted, prepareData, takeColumn, takeRows, UnusableTable, type TrainingData } from './training-table.js';

export interface PreparedTraining {
  readonly parquet: string;
  readonly columns: readonly string[];
  /** Empty for none. */
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
const figureName = /^[\w./ -]{1,100}$/;
const mostFigures = 100;

/**
 * Trains in a child process. With a holdout the version is the model that was measured; with k folds it is fitted once
 * more on all rows, and the scores are the mean over the folds.
 */
export async function run(prepared: PreparedTraining, context: JobContext): Promise<TrainingResult> {
  const names = prepared.target === '' ? prepared.columns : [...prepared.columns, prepared.target];
  context.progress(0, `Reading ${names.length} columns`, 'prepare');
  const whole = await readTable(prepared.parquet, names);
  const data = explain(() => prepareData(whole, prepared.target, prepared.task));
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
    signature: describeSignature(prepared.task, data.table, prepared.target, evaluation.labels),
    evaluation: { ...evaluation, warnings: [...notes, ...evaluation.warnings] },
  };
}

/** One training: the data, the model type, and where to report. */
class Trainer {
  constructor(
    private readonly prepared: PreparedTraining,
    private readonly modelType: ModelType,
    private readonly data: TrainingData,
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
    const mean = { ...meanOfFolds(folds), ...(isUntargeted(this.prepared.task) ? await this.spreadOf(model, all) : {}) };
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

  /** Scores and groups of one fold say nothing of another's, so those of the model that stays are shown. */
  private async spreadOf(model: TrainedModel, rows: Int32Array): Promise<Pick<Measured, 'anomaly' | 'clusters'>> {
    const { anomaly, clusters } = await this.measure(model, rows, rows);
    return { anomaly, clusters };
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
          target: data.target && takeColumn(data.target, rows),
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

  private async measure(model: TrainedModel, train: Int32Array, test: Int32Array): Promise<Measured & { warnings?: readonly string[] }> {
    const { context, data, prepared } = this;
    context.progress(0.9, `Scoring ${test.length} rows that the model has not seen`, 'evaluate');
    const table = takeRows(data.table, test);
    const isNumber = prepared.task === 'regression' || prepared.task === 'anomaly';
    const scores = await this.score(model, table, isNumber ? 'prediction' : 'probabilities');
    const measured = this.judge(model, table, train, test, scores);
    return { ...measured, metrics: { ...figuresOf(model), ...measured.metrics } };
  }

  private async score(model: TrainedModel, table: Table, output: 'prediction' | 'probabilities'): Promise<Float32Array> {
    try {
      const scorer = await OnnxScorer.load(model.onnx);
      try {
        return await scorer.score(table, output, this.context.signal);
      } finally {
        await scorer.release();
      }
    } catch (error) {
      this.context.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      throw new JobFailure('plugin_call_failed', `The model that ${this.modelType.name} made does not run: ${reason.slice(0, 500)}`);
    }
  }

  private judge(
    model: TrainedModel,
    table: Table,
    train: Int32Array,
    test: Int32Array,
    scores: Float32Array,
  ): Measured & { warnings?: readonly string[] } {
    const { data, prepared } = this;
    const truth = data.truth && takeColumn(data.truth, test);
    if (prepared.task === 'anomaly') return evaluateAnomalies(scores, truth);
    if (prepared.task === 'clustering') return evaluateGroups(table, scores, groupsOf(model, scores, table.rows), truth);
    if (!truth || !data.target) throw new TypeError(`The task ${prepared.task} needs a target.`);
    return evaluate(prepared.task, truth, takeColumn(data.target, train), scores, data.labels);
  }

  private describe(
    split: Split,
    train: number,
    test: number,
    model: TrainedModel,
    { warnings = [], ...measured }: Measured & { warnings?: readonly string[] },
    folds: Measured['metrics'][],
  ): Evaluation {
    const groups = measured.clusters?.map(({ label }) => label);
    return {
      task: this.prepared.task,
      split,
      rows: { train, test },
      labels: groups ?? [...this.data.labels],
      folds,
      ...measured,
      importance: normalise(model.importance),
      warnings: [...warnings],
    };
  }
}

/** What the trainer measured itself; a figure of the host's own wins over one of the same name. */
function figuresOf({ metrics = {} }: TrainedModel): Measured['metrics'] {
  const fit = Object.entries(metrics).filter(([name, value]) => figureName.test(name) && Number.isFinite(value));
  return Object.fromEntries(fit.slice(0, mostFigures));
}

function groupsOf({ labels }: TrainedModel, scores: Float32Array, rows: number): readonly string[] {
  const width = rows === 0 ? 0 : scores.length / rows;
  if (labels && labels.length !== width)
    throw new JobFailure('plugin_call_failed', `The model has ${labels.length} groups and gives ${width} memberships a row.`);
  return labels ?? Array.from({ length: width }, (_, index) => String(index));
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
