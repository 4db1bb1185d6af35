import { noStatistic, statistic, sumOf, type Statistic } from '../statistic.js';

type Numbers = ArrayLike<number>;
const smallest = 2 ** -52;

function meanOf(y: Numbers, term: (index: number) => number): Statistic {
  return y.length === 0 ? noStatistic(0, 'insufficient') : statistic(sumOf(y.length, term) / y.length, y.length);
}
const at = (values: Numbers, index: number): number => values[index] ?? Number.NaN;

/** Mean absolute error. */
export function meanAbsoluteError(y: Numbers, predicted: Numbers): Statistic {
  return meanOf(y, (i) => Math.abs(at(y, i) - at(predicted, i)));
}

/** Root of the mean squared error. */
export function rootMeanSquaredError(y: Numbers, predicted: Numbers): Statistic {
  const mean = meanOf(y, (i) => (at(y, i) - at(predicted, i)) ** 2);
  return mean.value === null ? mean : statistic(Math.sqrt(mean.value), mean.n);
}

/** Median absolute error (type 7 quantile). */
export function medianAbsoluteError(y: Numbers, predicted: Numbers): Statistic {
  const n = y.length;
  if (n === 0) return noStatistic(0, 'insufficient');
  const errors = Float64Array.from({ length: n }, (_, i) => Math.abs(at(y, i) - at(predicted, i))).sort();
  return statistic((at(errors, (n - 1) >> 1) + at(errors, n >> 1)) / 2, n);
}

/** 1 − SSE/SST. A constant target: 1 when predicted perfectly, else 0, with status `degenerate`. */
export function rSquared(y: Numbers, predicted: Numbers): Statistic {
  const n = y.length;
  if (n < 2) return noStatistic(n, 'insufficient');
  const mean = sumOf(n, (i) => at(y, i)) / n;
  const total = sumOf(n, (i) => (at(y, i) - mean) ** 2);
  const rest = sumOf(n, (i) => (at(y, i) - at(predicted, i)) ** 2);
  if (total === 0) return { value: rest === 0 ? 1 : 0, n, status: 'degenerate' };
  return statistic(1 - rest / total, n);
}

/** Mean of |error| / max(|y|, 2^-52), as a share (0.1 is 10 %). Status `degenerate` when a target is 0. */
export function meanAbsolutePercentageError(y: Numbers, predicted: Numbers): Statistic {
  const mean = meanOf(y, (i) => Math.abs(at(y, i) - at(predicted, i)) / Math.max(Math.abs(at(y, i)), smallest));
  const zeros = Array.prototype.some.call(y, (value: number) => value === 0);
  return zeros && mean.status === 'ok' ? { ...mean, status: 'degenerate' } : mean;
}
