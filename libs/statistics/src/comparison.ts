import { chiSquare1UpperTail, normalQuantile, twoSidedP } from './distributions.js';
import { bcaInterval, drawRows, jackknifeGroups, leaveOut, type BootstrapInterval } from './joint-bootstrap.js';
import { mulberry32 } from './random.js';

/** How far B is from A on the same rows, with an interval, and how likely such a distance is when nothing is behind it. */
export interface PairedDifference {
  /** B − A. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided. */
  readonly p: number;
}
export interface AucComparison extends PairedDifference {
  readonly aucA: number;
  readonly aucB: number;
  readonly z: number;
}

/** Placement values of DeLong: how each positive stands among the negatives, and each negative among the positives. */
interface Placements {
  readonly auc: number;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/**
 * Compares the ROC AUC of two scores on the same rows (DeLong, DeLong and Clarke-Pearson 1988, by midranks as Sun and Xu
 * 2014). Scores that rank alike have no variance between them: p is 1.
 * @param labels - 1 for the positive class, else 0
 * @returns null with one class only
 */
export function compareAuc(
  labels: ArrayLike<number>,
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  confidence = 0.95,
): AucComparison | null {
  const a = placements(labels, scoresA);
  const b = placements(labels, scoresB);
  if (!a || !b) return null;
  const variance =
    covariance(a.positives, a.positives) / a.positives.length +
    covariance(a.negatives, a.negatives) / a.negatives.length +
    covariance(b.positives, b.positives) / b.positives.length +
    covariance(b.negatives, b.negatives) / b.negatives.length -
    2 * (covariance(a.positives, b.positives) / a.positives.length + covariance(a.negatives, b.negatives) / a.negatives.length);
  const difference = b.auc - a.auc;
  const error = Math.sqrt(Math.max(0, variance));
  // What is left of a variance that is nothing is rounding.
  const none = error < 1e-12;
  const z = none ? 0 : difference / error;
  const reach = normalQuantile(1 - (1 - confidence) / 2) * error;
  return { aucA: a.auc, aucB: b.auc, difference, low: difference - reach, high: difference + reach, z, p: none ? 1 : twoSidedP(z) };
}

/** ROC AUC with DeLong's interval on the logit scale. Null with one class only; an AUC of 0 or 1 is its own interval. */
export function aucInterval(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  confidence = 0.95,
): { readonly value: number; readonly low: number; readonly high: number } | null {
  const found = placements(labels, scores);
  if (!found) return null;
  const { auc } = found;
  const variance =
    covariance(found.positives, found.positives) / found.positives.length +
    covariance(found.negatives, found.negatives) / found.negatives.length;
  if (auc <= 0 || auc >= 1 || variance <= 0) return { value: auc, low: auc, high: auc };
  const logit = Math.log(auc / (1 - auc));
  const reach = (normalQuantile(1 - (1 - confidence) / 2) * Math.sqrt(variance)) / (auc * (1 - auc));
  const back = (value: number): number => 1 / (1 + Math.exp(-value));
  return { value: auc, low: back(logit - reach), high: back(logit + reach) };
}

function placements(labels: ArrayLike<number>, scores: ArrayLike<number>): Placements | null {
  const positive: number[] = [];
  const negative: number[] = [];
  for (let i = 0; i < labels.length; i++) (labels[i] === 1 ? positive : negative).push(scores[i] ?? Number.NaN);
  const m = positive.length;
  const n = negative.length;
  if (m === 0 || n === 0) return null;
  const all = midranks([...positive, ...negative]);
  const within = midranks(positive);
  const others = midranks(negative);
  const positives = Float64Array.from(positive, (_, i) => ((all[i] ?? 0) - (within[i] ?? 0)) / n);
  const negatives = Float64Array.from(negative, (_, j) => 1 - ((all[m + j] ?? 0) - (others[j] ?? 0)) / m);
  return { auc: mean(positives), positives, negatives };
}

/** Ranks from 1; equal values share the mean of theirs. */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = Int32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (let i = start; i < end; i++) ranks[order[i] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

function covariance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length < 2) return 0;
  const meanA = mean(a);
  const meanB = mean(b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - meanA) * ((b[i] ?? 0) - meanB);
  return sum / (a.length - 1);
}

/**
 * McNemar's test of two classifiers on the same rows: exact when fewer than 25 rows divide them, else chi-square with
 * continuity correction.
 * @param onlyA - rows that only A answers rightly
 * @param onlyB - rows that only B answers rightly
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  if (n === 0) return 1;
  if (n >= 25) return chiSquare1UpperTail(Math.max(0, Math.abs(onlyA - onlyB) - 1) ** 2 / n);
  return exactMcnemar(onlyA, onlyB);
}

/** Twice the binomial tail at one half, at most 1. */
export function exactMcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  if (n === 0) return 1;
  let term = 0.5 ** n;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyA, onlyB); k++) {
    tail += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

/** The difference of two shares on the same rows, B − A, with Newcombe's interval for pairs (method 10, 1998) and McNemar's p. */
export function comparePairedShares(
  counts: { readonly both: number; readonly onlyA: number; readonly onlyB: number; readonly neither: number },
  confidence = 0.95,
): PairedDifference | null {
  const { both, onlyA, onlyB, neither } = counts;
  const n = both + onlyA + onlyB + neither;
  if (n === 0) return null;
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const a = wilson(both + onlyA, n, z);
  const b = wilson(both + onlyB, n, z);
  const difference = (onlyB - onlyA) / n;
  const margins = (both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither);
  const cross = both * neither - onlyA * onlyB;
  const corrected = cross > n / 2 ? cross - n / 2 : cross >= 0 ? 0 : cross;
  const correlation = margins === 0 ? 0 : corrected / Math.sqrt(margins);
  const reach = (one: number, other: number): number => Math.sqrt(Math.max(0, one ** 2 + other ** 2 - 2 * correlation * one * other));
  return {
    difference,
    low: difference - reach(b.share - b.low, a.high - a.share),
    high: difference + reach(b.high - b.share, a.share - a.low),
    p: mcnemar(onlyA, onlyB),
  };
}

function wilson(successes: number, n: number, z: number): { share: number; low: number; high: number } {
  const share = successes / n;
  const centre = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { share, low: (centre - spread) / scale, high: (centre + spread) / scale };
}

/**
 * A statistic of rows, each of which counts as often as its weight says: once on the data themselves, 0 to many times in a
 * resample. Null where it does not exist. Sort and look up outside of it: it is asked thousands of times.
 */
export type WeightedStatistic = (weights: Int32Array) => number | null;

/**
 * Bootstrap of a statistic over rows with a BCa interval (Efron 1987), percentile when that degenerates. For a difference
 * of two versions let the statistic weigh both by the same weights.
 * @param n - number of rows
 * @returns null when the statistic does not exist on the data themselves
 */
export function bootstrap(
  n: number,
  statistic: WeightedStatistic,
  options: { readonly seed: number; readonly resamples?: number; readonly confidence?: number },
): BootstrapInterval | null {
  const { seed, resamples = 2000, confidence = 0.95 } = options;
  const weights = new Int32Array(n).fill(1);
  const value = statistic(weights);
  if (value === null || n === 0) return null;
  const random = mulberry32(seed);
  const drawn: number[] = [];
  for (let b = 0; b < resamples; b++) {
    drawRows(weights, random);
    const one = statistic(weights);
    if (one !== null) drawn.push(one);
  }
  const groups = jackknifeGroups(n);
  const left = (): number[] =>
    Array.from({ length: groups }, (_, group) => {
      leaveOut(weights, group, groups);
      return statistic(weights) ?? Number.NaN;
    });
  return bcaInterval(value, drawn, left, confidence);
}

/** Holm's adjusted p-values (1979), in the order given. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let highest = 0;
  for (const [rank, index] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * (pValues[index] ?? 1)));
    adjusted[index] = highest;
  }
  return adjusted;
}
