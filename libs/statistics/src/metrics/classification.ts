import { noStatistic, ratio, statistic, type Statistic } from '../statistic.js';
import { averagePrecision, rocAuc } from './ranking.js';

type Numbers = ArrayLike<number>;

/** `counts[i][j]`: rows of class i that were predicted as class j. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** Counts truth against prediction; both are class indices. */
export function confusionMatrix(y: Numbers, predicted: Numbers, classCount: number): ConfusionMatrix {
  const counts = Array.from({ length: classCount }, () => Array.from({ length: classCount }, () => 0));
  for (let i = 0; i < y.length; i++) {
    const row = counts[y[i] ?? -1];
    const column = predicted[i] ?? -1;
    if (row?.[column] !== undefined) row[column] = (row[column] ?? 0) + 1;
  }
  return counts;
}

/** Row sum: how many rows have the class. */
export function supportOf(matrix: ConfusionMatrix, classIndex: number): number {
  return (matrix[classIndex] ?? []).reduce((sum, count) => sum + count, 0);
}

function predictedAs(matrix: ConfusionMatrix, classIndex: number): number {
  return matrix.reduce((sum, row) => sum + (row[classIndex] ?? 0), 0);
}

function hits(matrix: ConfusionMatrix, classIndex: number): number {
  return matrix[classIndex]?.[classIndex] ?? 0;
}

function totalOf(matrix: ConfusionMatrix): number {
  return matrix.reduce((sum, _, index) => sum + supportOf(matrix, index), 0);
}

/** Share of rows predicted right. */
export function accuracy(matrix: ConfusionMatrix): Statistic {
  const n = totalOf(matrix);
  if (n === 0) return noStatistic(0, 'insufficient');
  return ratio(
    matrix.reduce((sum, _, index) => sum + hits(matrix, index), 0),
    n,
    n,
  );
}

/** Of the rows predicted as the class, the share that is. None predicted: `undefined`. */
export function precision(matrix: ConfusionMatrix, classIndex = 1): Statistic {
  return ratio(hits(matrix, classIndex), predictedAs(matrix, classIndex), totalOf(matrix));
}

/** Of the rows of the class, the share that was found. None there: `undefined`. */
export function recall(matrix: ConfusionMatrix, classIndex = 1): Statistic {
  return ratio(hits(matrix, classIndex), supportOf(matrix, classIndex), totalOf(matrix));
}

/** Of the rows of other classes, the share that was left out. */
export function specificity(matrix: ConfusionMatrix, classIndex = 1): Statistic {
  const n = totalOf(matrix);
  const others = n - supportOf(matrix, classIndex);
  return ratio(others - predictedAs(matrix, classIndex) + hits(matrix, classIndex), others, n);
}

/** F1 = 2TP / (2TP + FP + FN). */
export function f1(matrix: ConfusionMatrix, classIndex = 1): Statistic {
  return ratio(2 * hits(matrix, classIndex), predictedAs(matrix, classIndex) + supportOf(matrix, classIndex), totalOf(matrix));
}

/** Matthews correlation for any number of classes (Gorodkin's R_K; for two the usual MCC). */
export function matthewsCorrelation(matrix: ConfusionMatrix): Statistic {
  const n = totalOf(matrix);
  let right = 0;
  let crossed = 0;
  let truthSquares = 0;
  let predictionSquares = 0;
  matrix.forEach((_, index) => {
    const truth = supportOf(matrix, index);
    const prediction = predictedAs(matrix, index);
    right += hits(matrix, index);
    crossed += truth * prediction;
    truthSquares += truth * truth;
    predictionSquares += prediction * prediction;
  });
  return ratio(right * n - crossed, Math.sqrt((n * n - predictionSquares) * (n * n - truthSquares)), n);
}

/**
 * Averages a metric over classes: `macro` plainly, `weighted` by support. Classes where it is undefined are left out;
 * none defined: `undefined`.
 */
export function averageOverClasses(
  matrix: ConfusionMatrix,
  metric: (matrix: ConfusionMatrix, classIndex: number) => Statistic,
  average: 'macro' | 'weighted',
): Statistic {
  const parts = matrix.map((_, index) => ({
    value: metric(matrix, index).value,
    weight: average === 'macro' ? 1 : supportOf(matrix, index),
  }));
  return weightedMean(parts, totalOf(matrix));
}

/** One-vs-rest average of ROC AUC or average precision; `p` is row-major with K a row. */
export function averageRanking(
  y: Numbers,
  p: Numbers,
  classCount: number,
  metric: typeof rocAuc | typeof averagePrecision,
  average: 'macro' | 'weighted',
): Statistic {
  const parts = Array.from({ length: classCount }, (_, k) => {
    const isClass = Uint8Array.from(y, (value) => (value === k ? 1 : 0));
    const scores = Float64Array.from({ length: y.length }, (_row, i) => p[i * classCount + k] ?? Number.NaN);
    return { value: metric(isClass, scores).value, weight: average === 'macro' ? 1 : isClass.reduce((sum, value) => sum + value, 0) };
  });
  return weightedMean(parts, y.length);
}

function weightedMean(parts: readonly { value: number | null; weight: number }[], n: number): Statistic {
  let sum = 0;
  let weights = 0;
  for (const { value, weight } of parts) {
    if (value === null) continue;
    sum += value * weight;
    weights += weight;
  }
  return weights === 0 ? noStatistic(n, 'undefined') : statistic(sum / weights, n);
}

/** Wilson score interval of a share, 95 % unless another z is given. */
export function wilsonInterval(successes: number, n: number, z = 1.959963984540054): readonly [number, number] | null {
  if (n === 0) return null;
  const p = successes / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [centre - half, centre + half];
}
