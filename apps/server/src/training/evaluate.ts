import { looseNumber, type Evaluation, type Task } from '@crisol/contracts';
import type { TableColumn } from '@crisol/plugin-api';
import {
  accuracy,
  averageOverClasses,
  averagePrecision,
  balancedAccuracy,
  brierScore,
  calibrationBins,
  confusionMatrix,
  expectedCalibrationError,
  f1,
  logLoss,
  matthewsCorrelation,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  medianAbsoluteError,
  multiclassLogLoss,
  precision,
  recall,
  rocAuc,
  rocCurve,
  rootMeanSquaredError,
  rSquared,
  type Measure,
} from '@crisol/statistics';

export type Metrics = Evaluation['metrics'];
/** What was found on rows that the model had not seen. */
export type Measured = Pick<
  Evaluation,
  'metrics' | 'confusion' | 'roc' | 'calibration' | 'residuals' | 'baseline' | 'anomaly' | 'clusters'
>;

/** Rows of a residual plot. */
const mostResiduals = 1000;

/**
 * Scores predictions against the truth.
 * @param truth - target of the scored rows; classes as codes in the order of `labels`
 * @param trainTruth - target of the training rows, for the constant prediction that any model should beat
 * @param scores - regression one number a row, classification K probabilities a row
 */
export function evaluate(
  task: Task,
  truth: TableColumn,
  trainTruth: TableColumn,
  scores: Float32Array,
  labels: readonly string[],
): Measured {
  if (truth.type !== 'text' || trainTruth.type !== 'text') {
    if (truth.type === 'text' || trainTruth.type === 'text') throw new TypeError('The targets of the two parts have different types.');
    return evaluateNumbers(truth.values, trainTruth.values, scores);
  }
  return evaluateClasses(task, truth.codes, trainTruth.codes, scores, labels.length);
}

function evaluateNumbers(truth: Float64Array, trainTruth: Float64Array, scores: Float32Array): Measured {
  const mean = trainTruth.reduce((sum, value) => sum + value, 0) / Math.max(1, trainTruth.length);
  const constant = new Float64Array(truth.length).fill(mean);
  const step = Math.max(1, Math.ceil(truth.length / mostResiduals));
  const shown = Array.from({ length: Math.ceil(truth.length / step) }, (_, i) => i * step);
  return {
    metrics: regressionMetrics(truth, scores),
    baseline: regressionMetrics(truth, constant),
    residuals: { predicted: shown.map((row) => scores[row] ?? 0), residual: shown.map((row) => (truth[row] ?? 0) - (scores[row] ?? 0)) },
    confusion: null,
    roc: null,
    calibration: null,
  };
}

function regressionMetrics(truth: Float64Array, prediction: ArrayLike<number>): Metrics {
  return toMetrics({
    rmse: rootMeanSquaredError(truth, prediction),
    mae: meanAbsoluteError(truth, prediction),
    medianAe: medianAbsoluteError(truth, prediction),
    r2: rSquared(truth, prediction),
    mape: meanAbsolutePercentageError(truth, prediction),
  });
}

function evaluateClasses(task: Task, truth: Int32Array, trainTruth: Int32Array, scores: Float32Array, classes: number): Measured {
  const prior = new Float64Array(classes);
  for (const code of trainTruth) prior[code] = (prior[code] ?? 0) + 1 / trainTruth.length;
  const constant = Float32Array.from({ length: truth.length * classes }, (_, i) => prior[i % classes] ?? 0);
  const isBinary = task === 'binary' && classes === 2;
  const isPositive = Int32Array.from(truth, (code) => (code === 1 ? 1 : 0));
  const positiveScores = Float64Array.from(truth, (_, row) => scores[row * classes + 1] ?? 0);
  return {
    metrics: classMetrics(isBinary, truth, isPositive, scores, classes),
    baseline: classMetrics(isBinary, truth, isPositive, constant, classes),
    confusion: confusionMatrix(truth, mostLikely(scores, classes), classes),
    roc: isBinary ? rocCurve(isPositive, positiveScores) : null,
    calibration: isBinary ? calibrationBins(isPositive, positiveScores) : null,
    residuals: null,
  };
}

function classMetrics(isBinary: boolean, truth: Int32Array, isPositive: Int32Array, scores: Float32Array, classes: number): Metrics {
  const matrix = confusionMatrix(truth, mostLikely(scores, classes), classes);
  const shared = { accuracy: accuracy(matrix), balancedAccuracy: balancedAccuracy(matrix), mcc: matthewsCorrelation(matrix) };
  if (isBinary) {
    const positive = Float64Array.from(truth, (_, row) => scores[row * classes + 1] ?? 0);
    return toMetrics({
      auc: rocAuc(isPositive, positive),
      averagePrecision: averagePrecision(isPositive, positive),
      ...shared,
      precision: precision(matrix, 1),
      recall: recall(matrix, 1),
      f1: f1(matrix, 1),
      logLoss: logLoss(isPositive, positive),
      brier: brierScore(isPositive, positive),
      ece: expectedCalibrationError(isPositive, positive),
    });
  }
  return toMetrics({
    ...shared,
    precisionMacro: averageOverClasses(matrix, precision, 'macro'),
    recallMacro: averageOverClasses(matrix, recall, 'macro'),
    f1Macro: averageOverClasses(matrix, f1, 'macro'),
    f1Weighted: averageOverClasses(matrix, f1, 'weighted'),
    aucOvr: oneVersusRestAuc(truth, scores, classes),
    logLoss: multiclassLogLoss(truth, scores, classes),
  });
}

/** Mean of each class's AUC against the rest, over the classes that occur. */
function oneVersusRestAuc(truth: Int32Array, scores: Float32Array, classes: number): Measure {
  const values: number[] = [];
  for (let index = 0; index < classes; index++) {
    const { value } = rocAuc(
      Int32Array.from(truth, (code) => (code === index ? 1 : 0)),
      Float64Array.from(truth, (_, row) => scores[row * classes + index] ?? 0),
    );
    if (value !== null) values.push(value);
  }
  if (values.length === 0) return { value: null, n: truth.length, status: 'undefined' };
  return { value: values.reduce((sum, value) => sum + value, 0) / values.length, n: truth.length, status: 'ok' };
}

function mostLikely(scores: Float32Array, classes: number): Int32Array {
  const rows = classes === 0 ? 0 : scores.length / classes;
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let index = 1; index < classes; index++)
      if ((scores[row * classes + index] ?? 0) > (scores[row * classes + best] ?? 0)) best = index;
    return best;
  });
}

function toMetrics(measures: Readonly<Record<string, Measure>>): Metrics {
  return Object.fromEntries(Object.entries(measures).map(([name, { value }]) => [name, value === null ? null : looseNumber(value)]));
}

/** Means of the folds' figures; the confusion matrices add up, and curves of single folds are left out. */
export function meanOfFolds(folds: readonly Measured[]): Measured {
  const first = folds[0];
  if (!first) throw new RangeError('There are no folds.');
  const confusion =
    first.confusion?.map((row, i) => row.map((_, j) => folds.reduce((sum, fold) => sum + (fold.confusion?.[i]?.[j] ?? 0), 0))) ?? null;
  return {
    metrics: meanMetrics(folds.map((fold) => fold.metrics)),
    baseline: meanMetrics(folds.map((fold) => fold.baseline)),
    confusion,
    roc: null,
    calibration: null,
    residuals: null,
  };
}

function meanMetrics(folds: readonly Metrics[]): Metrics {
  return Object.fromEntries(
    Object.keys(folds[0] ?? {}).map((name) => {
      const values = folds.map((fold) => fold[name]).filter((value) => typeof value === 'number');
      return [name, values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}
