import type { Frame } from '@crisol/frame';
import { encodeFeatures, planFeatures, type FeaturePlan } from '../features/feature-plan.js';
import { importanceByColumn } from '../trees/gradient-boosting.js';
import { logisticPairs, softmaxRows } from '../trees/tree.js';
import { checkTrainingData, createPacer, type ColumnImportance, type LearnerReport, type Task, type TrainingData } from '../training.js';
import { addProducts, layOut, layOutTable, planDesign, type Design, type DesignPlan } from './design.js';
import { fitLogistic } from './logistic.js';
import { fitRidge } from './ridge.js';

export interface LinearOptions {
  /** Regression: ridge penalty on standardised columns; 0 is least squares. */
  readonly alpha: number;
  /** Classification: C, larger means less regularisation. */
  readonly inverseRegularisation: number;
  readonly maxIterations: number;
  readonly tolerance: number;
  /** Scales columns to mean 0 and deviation 1 before fitting, so that the penalty treats them alike. */
  readonly standardise: boolean;
}
/** A linear model: one output for numbers and two classes, one a class for more. */
export interface LinearModel {
  readonly task: Task;
  readonly plan: FeaturePlan;
  readonly design: DesignPlan;
  readonly weights: readonly Float64Array[];
  readonly intercepts: readonly number[];
  /** By output: what each text column adds to the score on average over the training rows. */
  readonly categoryMeans: readonly Float64Array[];
}
/** Under this name the exported graph keeps the model, for explanations. */
export const linearMetadataKey = 'crisol.linear';
export interface TrainedLinear {
  readonly model: LinearModel;
  readonly importance: readonly ColumnImportance[];
  readonly notes: readonly string[];
}

/** Ridge regression for numbers, logistic or softmax regression for classes; missing numbers become the mean, texts are one-hot. */
export async function trainLinear(
  data: TrainingData,
  options: LinearOptions,
  report: LearnerReport,
  signal: AbortSignal,
): Promise<TrainedLinear> {
  checkTrainingData(data);
  const { table, target, task } = data;
  const plan = planFeatures(table);
  const columns = encodeFeatures(plan, table);
  const designPlan = planDesign(plan, columns, options.standardise);
  const design = layOut(designPlan, columns, table.rows);
  const notes: string[] = [];
  const pace = createPacer(signal);
  await pace();
  let weights: readonly Float64Array[];
  let intercepts: readonly number[];
  if (task === 'regression') {
    report.progress(0.1, 'Solving the normal equations');
    const fit = fitRidge(design, target, options.alpha);
    if (fit.rankDeficient) {
      const note = 'Some columns are combinations of others; of the equally good answers the one with the smallest weights was taken.';
      notes.push(note);
      report.log('warn', note);
    }
    weights = [fit.weights];
    intercepts = [fit.intercept];
    const scores = new Float64Array(table.rows).fill(fit.intercept);
    addProducts(design, fit.weights, scores, 1, 0);
    report.metric('train_loss', 1, scores.reduce((sum, score, row) => sum + (score - (target[row] ?? 0)) ** 2, 0) / table.rows);
  } else {
    const fit = await fitLogistic(design, target, data.classCount, options, async (iteration, meanLoss) => {
      report.metric('train_loss', iteration, meanLoss);
      report.progress(Math.min(0.99, iteration / options.maxIterations), `Iteration ${iteration}`);
      await pace();
    });
    ({ weights, intercepts } = fit);
    notes.push(
      fit.converged
        ? `Converged after ${fit.iterations} iterations.`
        : `Not converged after ${fit.iterations} iterations; more, or stronger regularisation, would help.`,
    );
    if (!fit.converged) report.log('warn', notes[0] ?? '');
  }
  report.progress(1, 'Done');
  const categoryMeans = weights.map((output) => Float64Array.from(design.codes, (codes) => meanWeight(codes, output)));
  const model: LinearModel = { task, plan, design: designPlan, weights, intercepts, categoryMeans };
  return { model, importance: importanceByColumn(plan, effects(model, design)), notes };
}

/** By feature: how far its part of the score spreads (standard deviation over the training rows, summed over outputs). */
function effects({ plan, design, weights }: LinearModel, rows: Design): Float64Array {
  const out = new Float64Array(plan.features.length);
  for (const output of weights) {
    design.numeric.forEach(({ feature }, column) => {
      out[feature] = (out[feature] ?? 0) + deviation(rows.numeric[column] ?? new Float64Array(0), (value) => value * (output[column] ?? 0));
    });
    design.categories.forEach(({ feature }, index) => {
      out[feature] = (out[feature] ?? 0) + deviation(rows.codes[index] ?? new Int32Array(0), (code) => output[code] ?? 0);
    });
  }
  return out;
}

function meanWeight(codes: Int32Array, weights: Float64Array): number {
  let sum = 0;
  for (const code of codes) if (code >= 0) sum += weights[code] ?? 0;
  return sum / Math.max(1, codes.length);
}

function deviation(values: Float64Array | Int32Array, map: (value: number) => number): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    const mapped = map(value);
    sum += mapped;
    squares += mapped * mapped;
  }
  const mean = sum / Math.max(1, values.length);
  return Math.sqrt(Math.max(0, squares / Math.max(1, values.length) - mean * mean));
}

/** The model's answer in float64: one number a row, or the probabilities of each class. */
export function predictLinear(model: LinearModel, table: Frame): Float64Array {
  const design = layOutTable(model.plan, model.design, table);
  const outputs = model.weights.length;
  const scores = new Float64Array(table.rows * outputs);
  for (let i = 0; i < scores.length; i++) scores[i] = model.intercepts[i % outputs] ?? 0;
  model.weights.forEach((weights, k) => addProducts(design, weights, scores, outputs, k));
  if (model.task === 'regression') return scores;
  return outputs === 1 ? logisticPairs(scores) : softmaxRows(scores, outputs);
}
