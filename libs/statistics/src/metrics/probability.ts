import { noStatistic, statistic, sumOf, type Statistic } from '../statistic.js';

type Numbers = ArrayLike<number>;
const at = (values: Numbers, index: number): number => values[index] ?? Number.NaN;
const epsilon = 2 ** -52;
const clip = (p: number): number => Math.min(1 - epsilon, Math.max(epsilon, p));

/** A bin of a calibration plot: mean predicted probability against the share that came true. */
export interface CalibrationBin {
  readonly meanPredicted: number;
  readonly observedShare: number;
  readonly n: number;
}

/** Log loss of two classes; p is the probability of class 1, clipped to [2^-52, 1 − 2^-52]. */
export function logLoss(y: Numbers, p: Numbers): Statistic {
  const n = y.length;
  if (n === 0) return noStatistic(0, 'insufficient');
  return statistic(-sumOf(n, (i) => Math.log(at(y, i) === 1 ? clip(at(p, i)) : 1 - clip(at(p, i)))) / n, n);
}

/** Log loss of K classes: `y[i]` is a class index, `p` is row-major with K a row. */
export function multiclassLogLoss(y: Numbers, p: Numbers, classCount: number): Statistic {
  const n = y.length;
  if (n === 0) return noStatistic(0, 'insufficient');
  return statistic(-sumOf(n, (i) => Math.log(clip(at(p, i * classCount + at(y, i))))) / n, n);
}

/** Brier score of two classes: mean of (p − y)². */
export function brierScore(y: Numbers, p: Numbers): Statistic {
  const n = y.length;
  return n === 0 ? noStatistic(0, 'insufficient') : statistic(sumOf(n, (i) => (at(p, i) - at(y, i)) ** 2) / n, n);
}

/** Calibration in bins of equal count (the first n mod k hold one row more); 10 bins unless said. */
export function calibrationBins(y: Numbers, p: Numbers, binCount = 10): CalibrationBin[] {
  const order = Uint32Array.from({ length: p.length }, (_, index) => index).sort((a, b) => at(p, a) - at(p, b) || a - b);
  const bins: CalibrationBin[] = [];
  for (let bin = 0, start = 0; bin < binCount; bin++) {
    const n = Math.floor(order.length / binCount) + (bin < order.length % binCount ? 1 : 0);
    if (n === 0) break;
    const rows = order.subarray(start, start + n);
    start += n;
    bins.push({ meanPredicted: sumOf(n, (i) => at(p, at(rows, i))) / n, observedShare: sumOf(n, (i) => at(y, at(rows, i))) / n, n });
  }
  return bins;
}

/** Expected calibration error: weighted mean of |predicted − observed| over 10 bins of equal count. */
export function expectedCalibrationError(y: Numbers, p: Numbers, binCount = 10): Statistic {
  const n = y.length;
  if (n < binCount) return noStatistic(n, 'insufficient');
  const bins = calibrationBins(y, p, binCount);
  return statistic(
    bins.reduce((sum, bin) => sum + (bin.n / n) * Math.abs(bin.meanPredicted - bin.observedShare), 0),
    n,
  );
}
