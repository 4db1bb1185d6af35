import { measured, undefinedFor, type Measure } from './measure.js';

/** `matrix[truth][prediction]` counts of rows; classes by index. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** Counts rows by true and predicted class. */
export function confusionMatrix(truth: ArrayLike<number>, prediction: ArrayLike<number>, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const row = matrix[truth[i] ?? -1];
    const column = prediction[i] ?? -1;
    if (row && column >= 0 && column < classes) row[column] = (row[column] ?? 0) + 1;
  }
  return matrix;
}

const cell = (matrix: ConfusionMatrix, i: number, j: number): number => matrix[i]?.[j] ?? 0;
const rowSum = (matrix: ConfusionMatrix, i: number): number => matrix[i]?.reduce((sum, count) => sum + count, 0) ?? 0;
const columnSum = (matrix: ConfusionMatrix, j: number): number => matrix.reduce((sum, row) => sum + (row[j] ?? 0), 0);
const total = (matrix: ConfusionMatrix): number => matrix.reduce((sum, row) => sum + row.reduce((inner, count) => inner + count, 0), 0);
const ratio = (above: number, below: number, n: number): Measure => (below === 0 ? undefinedFor(n) : measured(above / below, n));

/** Share of rows on the diagonal. */
export function accuracy(matrix: ConfusionMatrix): Measure {
  const n = total(matrix);
  return ratio(
    matrix.reduce((sum, _row, i) => sum + cell(matrix, i, i), 0),
    n,
    n,
  );
}

/** Of the rows predicted as this class, the share that is. Undefined when none was. */
export function precision(matrix: ConfusionMatrix, index: number): Measure {
  return ratio(cell(matrix, index, index), columnSum(matrix, index), total(matrix));
}

/** Of the rows of this class, the share that was found. Undefined when there are none. */
export function recall(matrix: ConfusionMatrix, index: number): Measure {
  return ratio(cell(matrix, index, index), rowSum(matrix, index), total(matrix));
}

/** Harmonic mean of precision and recall: 2·TP / (rows of the class + rows predicted as it). */
export function f1(matrix: ConfusionMatrix, index: number): Measure {
  return ratio(2 * cell(matrix, index, index), rowSum(matrix, index) + columnSum(matrix, index), total(matrix));
}

/** Mean of a figure over the classes for which it exists: plain (`macro`) or by the classes' rows (`weighted`). */
export function averageOverClasses(
  matrix: ConfusionMatrix,
  figure: (matrix: ConfusionMatrix, index: number) => Measure,
  average: 'macro' | 'weighted',
): Measure {
  let sum = 0;
  let weights = 0;
  for (let index = 0; index < matrix.length; index++) {
    const { value } = figure(matrix, index);
    if (value === null) continue;
    const weight = average === 'macro' ? 1 : rowSum(matrix, index);
    sum += weight * value;
    weights += weight;
  }
  return ratio(sum, weights, total(matrix));
}

/** Matthews correlation of truth and prediction, for any number of classes (Gorodkin's R_K). Undefined when either is constant. */
export function matthewsCorrelation(matrix: ConfusionMatrix): Measure {
  const n = total(matrix);
  const correct = matrix.reduce((sum, _row, i) => sum + cell(matrix, i, i), 0);
  let cross = 0;
  let truthSquares = 0;
  let predictionSquares = 0;
  for (let k = 0; k < matrix.length; k++) {
    const truth = rowSum(matrix, k);
    const prediction = columnSum(matrix, k);
    cross += truth * prediction;
    truthSquares += truth * truth;
    predictionSquares += prediction * prediction;
  }
  return ratio(correct * n - cross, Math.sqrt((n * n - predictionSquares) * (n * n - truthSquares)), n);
}

/** Mean balanced recall over the classes that occur. */
export function balancedAccuracy(matrix: ConfusionMatrix): Measure {
  return averageOverClasses(matrix, recall, 'macro');
}

/** Mean negative log likelihood of the true class; `probabilities` row by row, `classes` numbers a row, clipped at 2^-52. */
export function multiclassLogLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): Measure {
  const n = truth.length;
  if (n === 0) return undefinedFor(0, 'insufficient');
  let sum = 0;
  for (let i = 0; i < n; i++)
    sum -= Math.log(Math.max(2 ** -52, Math.min(1 - 2 ** -52, probabilities[i * classes + (truth[i] ?? 0)] ?? 0)));
  return measured(sum / n, n);
}

/** Wilson's interval of a share at 95 %: better than ±1.96·SE near 0 and 1 and for few rows. */
export function wilsonInterval(successes: number, n: number): { readonly low: number; readonly high: number } | null {
  if (n === 0) return null;
  const z = 1.959963984540054;
  const share = successes / n;
  const centre = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { low: (centre - spread) / scale, high: (centre + spread) / scale };
}
