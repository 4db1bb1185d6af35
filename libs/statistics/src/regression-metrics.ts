import { compensatedSum, measured, undefinedFor, type Measure } from './measure.js';

type Numbers = ArrayLike<number>;

function meanOf(truth: Numbers, prediction: Numbers, term: (truth: number, prediction: number) => number): Measure {
  const n = truth.length;
  if (n === 0) return undefinedFor(0, 'insufficient');
  return measured(compensatedSum(Array.from({ length: n }, (_, i) => term(truth[i] ?? 0, prediction[i] ?? 0))) / n, n);
}

/** Mean absolute error, in the target's unit. */
export function meanAbsoluteError(truth: Numbers, prediction: Numbers): Measure {
  return meanOf(truth, prediction, (y, f) => Math.abs(y - f));
}

/** Root of the mean squared error, in the target's unit. */
export function rootMeanSquaredError(truth: Numbers, prediction: Numbers): Measure {
  const mean = meanOf(truth, prediction, (y, f) => (y - f) ** 2);
  return mean.value === null ? mean : measured(Math.sqrt(mean.value), mean.n);
}

/** Median absolute error: the middle one, or the mean of the middle two. */
export function medianAbsoluteError(truth: Numbers, prediction: Numbers): Measure {
  const n = truth.length;
  if (n === 0) return undefinedFor(0, 'insufficient');
  const errors = Float64Array.from({ length: n }, (_, i) => Math.abs((truth[i] ?? 0) - (prediction[i] ?? 0))).sort();
  return measured(((errors[Math.floor((n - 1) / 2)] ?? 0) + (errors[Math.floor(n / 2)] ?? 0)) / 2, n);
}

/** Share of the target's variance that the prediction explains; 1 is perfect, 0 is the mean. A constant target: 1 if perfect, else 0. */
export function rSquared(truth: Numbers, prediction: Numbers): Measure {
  const n = truth.length;
  if (n < 2) return undefinedFor(n, 'insufficient');
  const mean = compensatedSum(Array.from({ length: n }, (_, i) => truth[i] ?? 0)) / n;
  const residual = compensatedSum(Array.from({ length: n }, (_, i) => ((truth[i] ?? 0) - (prediction[i] ?? 0)) ** 2));
  const whole = compensatedSum(Array.from({ length: n }, (_, i) => ((truth[i] ?? 0) - mean) ** 2));
  if (whole === 0) return { value: residual === 0 ? 1 : 0, n, status: 'degenerate' };
  return measured(1 - residual / whole, n);
}

/** Mean of |error| / |truth|, as a share; rows with a truth of 0 divide by 2^-52, as scikit-learn does. */
export function meanAbsolutePercentageError(truth: Numbers, prediction: Numbers): Measure {
  return meanOf(truth, prediction, (y, f) => Math.abs(y - f) / Math.max(Math.abs(y), 2 ** -52));
}
