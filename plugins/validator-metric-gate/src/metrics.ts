import type { ModelFacts } from '@crisol/plugin-api';
import {
  accuracy,
  averageOverClasses,
  balancedAccuracy,
  f1,
  matthewsCorrelation,
  precision,
  recall,
  type WeightedStatistic,
} from '@crisol/statistics';
import type { Answers } from './answers.js';
import {
  clipped,
  ofMatrix,
  ranking,
  weightedAuc,
  weightedAveragePrecision,
  weightedCalibrationError,
  weightedMean,
  weightedMedian,
  weightedR2,
} from './weighted.js';

export interface Metric {
  readonly name: string;
  readonly greaterIsBetter: boolean;
  readonly needsProbabilities: boolean;
  /** Looks up and sorts once; what comes back is asked for every resample. */
  prepare(answers: Answers): WeightedStatistic;
}

/** The metric on the rows as they are; null where it does not exist. */
export function measure(metric: Metric, answers: Answers): number | null {
  return metric.prepare(answers)(new Int32Array(answers.rows).fill(1));
}

const better = (name: string, prepare: Metric['prepare'], needsProbabilities = false): Metric => ({
  name,
  greaterIsBetter: true,
  needsProbabilities,
  prepare,
});
const worse = (name: string, prepare: Metric['prepare'], needsProbabilities = false): Metric => ({
  ...better(name, prepare, needsProbabilities),
  greaterIsBetter: false,
});

const score = ({ probabilities }: Answers): Float64Array => probabilities[1] ?? new Float64Array(0);
const isPositive =
  ({ truth }: Answers, label = 1) =>
  (row: number): boolean =>
    truth[row] === label;
const error = (answers: Answers) => (row: number) => Math.abs((answers.truth[row] ?? 0) - (answers.prediction[row] ?? 0));

/** Mean of each class's AUC against the rest, over the classes that occur. */
function oneVersusRest(answers: Answers): WeightedStatistic {
  const areas = answers.probabilities.map((own, k) => weightedAuc(ranking(own, isPositive(answers, k))));
  return (weights) => {
    const values = areas.flatMap((area) => area(weights) ?? []);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
}

const logLoss = worse(
  'log_loss',
  (answers) => {
    const { truth, probabilities, rows } = answers;
    return weightedMean(rows, (row) => -Math.log(clipped(probabilities[truth[row] ?? 0]?.[row] ?? 0)));
  },
  true,
);
const ofClasses: readonly Metric[] = [
  better('accuracy', (answers) => ofMatrix(answers, accuracy)),
  better('balanced_accuracy', (answers) => ofMatrix(answers, balancedAccuracy)),
  better('mcc', (answers) => ofMatrix(answers, matthewsCorrelation)),
];

/** Metrics by task; the names are scikit-learn's, and Crisol's own spellings are understood too. */
const byTask: Readonly<Record<ModelFacts['task'], readonly Metric[]>> = {
  binary: [
    better('roc_auc', (answers) => weightedAuc(ranking(score(answers), isPositive(answers))), true),
    better('average_precision', (answers) => weightedAveragePrecision(ranking(score(answers), isPositive(answers))), true),
    ...ofClasses,
    better('precision', (answers) => ofMatrix(answers, (matrix) => precision(matrix, 1))),
    better('recall', (answers) => ofMatrix(answers, (matrix) => recall(matrix, 1))),
    better('f1', (answers) => ofMatrix(answers, (matrix) => f1(matrix, 1))),
    logLoss,
    worse(
      'brier',
      (answers) => weightedMean(answers.rows, (row) => ((score(answers)[row] ?? 0) - (isPositive(answers)(row) ? 1 : 0)) ** 2),
      true,
    ),
    worse('ece', (answers) => weightedCalibrationError(score(answers), isPositive(answers)), true),
  ],
  multiclass: [
    ...ofClasses,
    better('precision_macro', (answers) => ofMatrix(answers, (matrix) => averageOverClasses(matrix, precision, 'macro'))),
    better('recall_macro', (answers) => ofMatrix(answers, (matrix) => averageOverClasses(matrix, recall, 'macro'))),
    better('f1_macro', (answers) => ofMatrix(answers, (matrix) => averageOverClasses(matrix, f1, 'macro'))),
    better('f1_weighted', (answers) => ofMatrix(answers, (matrix) => averageOverClasses(matrix, f1, 'weighted'))),
    better('roc_auc_ovr', oneVersusRest, true),
    logLoss,
  ],
  regression: [
    worse('rmse', (answers) => weightedMean(answers.rows, (row) => error(answers)(row) ** 2, Math.sqrt)),
    worse('mae', (answers) => weightedMean(answers.rows, error(answers))),
    worse('median_ae', (answers) => weightedMedian(Float64Array.from({ length: answers.rows }, (_, row) => error(answers)(row)))),
    better('r2', ({ truth, prediction }) => weightedR2(truth, prediction)),
    worse('mape', (answers) =>
      weightedMean(answers.rows, (row) => error(answers)(row) / Math.max(Math.abs(answers.truth[row] ?? 0), 2 ** -52)),
    ),
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
