import { compensatedSum, measured, undefinedFor, type Measure } from './measure.js';

/** Labels are 1 for the positive class and 0 for the other; scores are the probability of the positive class. */
type Labels = ArrayLike<number>;
type Scores = ArrayLike<number>;

/** Smallest probability that a logarithm is taken of: 2^-52, as scikit-learn clips. */
const epsilon = 2 ** -52;

function descending(scores: Scores): Int32Array {
  const order = Int32Array.from({ length: scores.length }, (_, i) => i);
  return order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}

function positives(labels: Labels): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) count += labels[i] === 1 ? 1 : 0;
  return count;
}

/**
 * Area under the ROC curve by Mann-Whitney: the share of pairs of a positive and a negative row in which the positive has
 * the greater score, ties counting half. Undefined with one class only.
 */
export function rocAuc(labels: Labels, scores: Scores): Measure {
  const n = labels.length;
  const positive = positives(labels);
  const negative = n - positive;
  if (positive === 0 || negative === 0) return undefinedFor(n);
  const order = descending(scores);
  let wins = 0;
  let positivesAbove = 0;
  for (let start = 0; start < n;) {
    let end = start;
    let tiedPositive = 0;
    let tiedNegative = 0;
    const score = scores[order[start] ?? 0];
    while (end < n && scores[order[end] ?? 0] === score) {
      if (labels[order[end] ?? 0] === 1) tiedPositive++;
      else tiedNegative++;
      end++;
    }
    wins += tiedNegative * (positivesAbove + tiedPositive / 2);
    positivesAbove += tiedPositive;
    start = end;
  }
  return measured(wins / (positive * negative), n);
}

/** Points of the ROC curve, one for each distinct score and the origin, thinned to about `maxPoints`. */
export function rocCurve(labels: Labels, scores: Scores, maxPoints = 200): { fpr: number[]; tpr: number[] } {
  const n = labels.length;
  const positive = positives(labels);
  const negative = n - positive;
  if (positive === 0 || negative === 0) return { fpr: [], tpr: [] };
  const order = descending(scores);
  const fpr = [0];
  const tpr = [0];
  let hits = 0;
  for (let i = 0; i < n; i++) {
    hits += labels[order[i] ?? 0] === 1 ? 1 : 0;
    if (i + 1 < n && scores[order[i + 1] ?? 0] === scores[order[i] ?? 0]) continue;
    fpr.push((i + 1 - hits) / negative);
    tpr.push(hits / positive);
  }
  if (fpr.length <= maxPoints) return { fpr, tpr };
  const kept = Array.from({ length: maxPoints }, (_, i) => Math.round((i * (fpr.length - 1)) / (maxPoints - 1)));
  return { fpr: kept.map((i) => fpr[i] ?? 0), tpr: kept.map((i) => tpr[i] ?? 0) };
}

/** Average precision: the sum over distinct scores of the gain in recall times the precision there. Undefined without positives. */
export function averagePrecision(labels: Labels, scores: Scores): Measure {
  const n = labels.length;
  const positive = positives(labels);
  if (positive === 0) return undefinedFor(n);
  const order = descending(scores);
  let hits = 0;
  let before = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    hits += labels[order[i] ?? 0] === 1 ? 1 : 0;
    if (i + 1 < n && scores[order[i + 1] ?? 0] === scores[order[i] ?? 0]) continue;
    sum += ((hits - before) / positive) * (hits / (i + 1));
    before = hits;
  }
  return measured(sum, n);
}

/** Mean negative log likelihood, natural logarithm, probabilities clipped to [2^-52, 1 − 2^-52]. */
export function logLoss(labels: Labels, scores: Scores): Measure {
  const n = labels.length;
  if (n === 0) return undefinedFor(0, 'insufficient');
  const terms = Array.from({ length: n }, (_, i) => {
    const p = Math.min(1 - epsilon, Math.max(epsilon, scores[i] ?? 0));
    return -Math.log(labels[i] === 1 ? p : 1 - p);
  });
  return measured(compensatedSum(terms) / n, n);
}

/** Mean squared distance of the probability from the label. */
export function brierScore(labels: Labels, scores: Scores): Measure {
  const n = labels.length;
  if (n === 0) return undefinedFor(0, 'insufficient');
  return measured(compensatedSum(Array.from({ length: n }, (_, i) => ((scores[i] ?? 0) - (labels[i] ?? 0)) ** 2)) / n, n);
}

export interface CalibrationBin {
  /** Mean probability of the rows of the bin. */
  readonly predicted: number;
  /** Share of positives among them. */
  readonly observed: number;
  readonly count: number;
}

/** Rows in order of their score, cut into bins of equal count (the first n mod bins hold one more). */
export function calibrationBins(labels: Labels, scores: Scores, bins = 10): CalibrationBin[] {
  const order = descending(scores).reverse();
  const n = order.length;
  const made: CalibrationBin[] = [];
  let start = 0;
  for (let bin = 0; bin < Math.min(bins, n); bin++) {
    const count = Math.floor(n / bins) + (bin < n % bins ? 1 : 0);
    if (count === 0) continue;
    let predicted = 0;
    let observed = 0;
    for (let i = start; i < start + count; i++) {
      predicted += scores[order[i] ?? 0] ?? 0;
      observed += labels[order[i] ?? 0] ?? 0;
    }
    made.push({ predicted: predicted / count, observed: observed / count, count });
    start += count;
  }
  return made;
}

/** Expected calibration error over 10 bins of equal count: the weighted mean distance of predicted from observed. */
export function expectedCalibrationError(labels: Labels, scores: Scores, bins = 10): Measure {
  const n = labels.length;
  if (n === 0) return undefinedFor(0, 'insufficient');
  const terms = calibrationBins(labels, scores, bins).map((bin) => (bin.count / n) * Math.abs(bin.predicted - bin.observed));
  return measured(compensatedSum(terms), n);
}
