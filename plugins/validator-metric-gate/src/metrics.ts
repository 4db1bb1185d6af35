import type { ModelFacts } from '@crisol/plugin-api';
import {
  accuracy,
  averageOverClasses,
  averagePrecision,
  balancedAccuracy,
  brierScore,
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
  rootMeanSquaredError,
  rSquared,
  type Measure,
} from '@crisol/statistics';
import type { Answers } from './answers.js';

export interface Metric {
  readonly name: string;
  readonly greaterIsBetter: boolean;
  readonly needsProbabilities: boolean;
  compute(answers: Answers): Measure;
}

const better = (name: string, compute: (answers: Answers) => Measure, needsProbabilities = false): Metric => ({
  name,
  greaterIsBetter: true,
  needsProbabilities,
  compute,
});
const worse = (name: string, compute: (answers: Answers) => Measure, needsProbabilities = false): Metric => ({
  ...better(name, compute, needsProbabilities),
  greaterIsBetter: false,
});

const matrix = ({ truth, prediction, classes }: Answers) => confusionMatrix(truth, prediction, classes);
const positive = ({ truth }: Answers): Int8Array => Int8Array.from(truth, (label) => (label === 1 ? 1 : 0));
const score = ({ probabilities }: Answers): Float64Array => probabilities[1] ?? new Float64Array(0);
const rowByRow = ({ probabilities, rows, classes }: Answers): Float64Array =>
  Float64Array.from({ length: rows * classes }, (_, at) => probabilities[at % classes]?.[Math.floor(at / classes)] ?? 0);

/** Mean of each class's AUC against the rest, over the classes that occur. */
function oneVersusRest(answers: Answers): Measure {
  const values = answers.probabilities.flatMap((own, k) => {
    const { value } = rocAuc(
      Int8Array.from(answers.truth, (label) => (label === k ? 1 : 0)),
      own,
    );
    return value ?? [];
  });
  if (values.length === 0) return { value: null, n: answers.rows, status: 'undefined' };
  return { value: values.reduce((sum, value) => sum + value, 0) / values.length, n: answers.rows, status: 'ok' };
}

const ofClasses: readonly Metric[] = [
  better('accuracy', (answers) => accuracy(matrix(answers))),
  better('balanced_accuracy', (answers) => balancedAccuracy(matrix(answers))),
  better('mcc', (answers) => matthewsCorrelation(matrix(answers))),
];

/** Metrics by task; the names are scikit-learn's, and Crisol's own spellings are understood too. */
const byTask: Readonly<Record<ModelFacts['task'], readonly Metric[]>> = {
  binary: [
    better('roc_auc', (answers) => rocAuc(positive(answers), score(answers)), true),
    better('average_precision', (answers) => averagePrecision(positive(answers), score(answers)), true),
    ...ofClasses,
    better('precision', (answers) => precision(matrix(answers), 1)),
    better('recall', (answers) => recall(matrix(answers), 1)),
    better('f1', (answers) => f1(matrix(answers), 1)),
    worse('log_loss', (answers) => logLoss(positive(answers), score(answers)), true),
    worse('brier', (answers) => brierScore(positive(answers), score(answers)), true),
    worse('ece', (answers) => expectedCalibrationError(positive(answers), score(answers)), true),
  ],
  multiclass: [
    ...ofClasses,
    better('precision_macro', (answers) => averageOverClasses(matrix(answers), precision, 'macro')),
    better('recall_macro', (answers) => averageOverClasses(matrix(answers), recall, 'macro')),
    better('f1_macro', (answers) => averageOverClasses(matrix(answers), f1, 'macro')),
    better('f1_weighted', (answers) => averageOverClasses(matrix(answers), f1, 'weighted')),
    better('roc_auc_ovr', oneVersusRest, true),
    worse('log_loss', (answers) => multiclassLogLoss(answers.truth, rowByRow(answers), answers.classes), true),
  ],
  regression: [
    worse('rmse', ({ truth, prediction }) => rootMeanSquaredError(truth, prediction)),
    worse('mae', ({ truth, prediction }) => meanAbsoluteError(truth, prediction)),
    worse('median_ae', ({ truth, prediction }) => medianAbsoluteError(truth, prediction)),
    better('r2', ({ truth, prediction }) => rSquared(truth, prediction)),
    worse('mape', ({ truth, prediction }) => meanAbsolutePercentageError(truth, prediction)),
  ],
  anomaly: [],
  clustering: [],
};

const spelling = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
const otherNames: Readonly<Record<string, string>> = { auc: 'rocauc', aucovr: 'rocaucovr', brierscore: 'brier' };

/** The metric of this name for the task; undefined when the task has none. `roc_auc`, `rocAuc` and `auc` are the same. */
export function findMetric(task: ModelFacts['task'], name: string): Metric | undefined {
  const wanted = otherNames[spelling(name)] ?? spelling(name);
  return byTask[task].find((metric) => spelling(metric.name) === wanted);
}

export function metricNames(task: ModelFacts['task']): string[] {
  return byTask[task].map(({ name }) => name);
}

/** The figure that training recorded under this name, whatever its spelling. */
export function recordedMetric(metrics: Readonly<Record<string, number | null>>, name: string): number | null | undefined {
  const canonical = (one: string): string => otherNames[spelling(one)] ?? spelling(one);
  return Object.entries(metrics).find(([key]) => canonical(key) === canonical(name))?.[1];
}
