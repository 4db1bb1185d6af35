import { midranks } from './comparison.js';
import { studentReach, studentTwoSidedP, twoSidedP } from './distributions.js';

export interface CorrectedT {
  /** Mean of the differences. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Corrected t-test over the folds of one cross-validation (Nadeau and Bengio 2003): the training parts of folds overlap, so
 * a plain t over them finds differences that are not there; the variance is taken (1/J + test/train) times instead of 1/J.
 * @param differences - B − A on each fold
 * @param testShare - rows tested to rows trained on, of one fold: 1/(k − 1) for k folds
 * @returns null for fewer than two folds. Differences that are all alike have no variance: p is 1 when they are 0, else 0.
 */
export function correctedT(differences: readonly number[], testShare: number, confidence = 0.95): CorrectedT | null {
  const folds = differences.length;
  if (folds < 2) return null;
  const difference = differences.reduce((sum, one) => sum + one, 0) / folds;
  const variance = differences.reduce((sum, one) => sum + (one - difference) ** 2, 0) / (folds - 1);
  const error = Math.sqrt((1 / folds + testShare) * variance);
  const degreesOfFreedom = folds - 1;
  // What is left of a variance that is nothing is rounding.
  if (error <= 1e-14 * Math.abs(difference)) {
    const statistic = difference === 0 ? 0 : Math.sign(difference) * Number.POSITIVE_INFINITY;
    return { difference, low: difference, high: difference, statistic, degreesOfFreedom, p: difference === 0 ? 1 : 0 };
  }
  const statistic = difference / error;
  const reach = studentReach(confidence, degreesOfFreedom) * error;
  const p = studentTwoSidedP(statistic, degreesOfFreedom);
  return { difference, low: difference - reach, high: difference + reach, statistic, degreesOfFreedom, p };
}

export interface SignedRank {
  /** The smaller of the sums of ranks of positive and of negative differences. */
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
  /** Differences that are not 0. */
  readonly n: number;
  readonly method: 'exact' | 'signs' | 'normal';
}

/**
 * Wilcoxon's signed rank test of paired differences. Zeros are dropped, ties share the mean of their ranks. The distribution
 * is exact up to 50 differences without ties or zeros, all 2^n signs up to 13 with them, else normal with the corrections
 * for ties and continuity. No difference but 0: p is 1.
 */
export function wilcoxonSignedRank(differences: readonly number[]): SignedRank {
  const kept = differences.filter((one) => one !== 0);
  const n = kept.length;
  if (n === 0) return { statistic: 0, p: 1, n, method: 'exact' };
  const sizes = kept.map(Math.abs);
  const ranks = midranks(sizes);
  const whole = (n * (n + 1)) / 2;
  const positive = ranks.reduce((sum, rank, i) => sum + ((kept[i] ?? 0) > 0 ? rank : 0), 0);
  const statistic = Math.min(positive, whole - positive);
  const isPlain = n === differences.length && new Set(sizes).size === n;
  if (isPlain && n <= 50) return { statistic, p: tailOf(statistic, Array.from(ranks)), n, method: 'exact' };
  if (differences.length <= 13) return { statistic, p: tailOf(statistic, Array.from(ranks)), n, method: 'signs' };
  const ties = new Map<number, number>();
  for (const size of sizes) ties.set(size, (ties.get(size) ?? 0) + 1);
  let tied = 0;
  for (const count of ties.values()) tied += count ** 3 - count;
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tied / 48;
  const distance = Math.max(0, Math.abs(positive - whole / 2) - 0.5);
  return { statistic, p: twoSidedP(distance / Math.sqrt(variance)), n, method: 'normal' };
}

/** Twice the share of the 2^n choices of signs whose positive ranks sum to at most `statistic`, by counting sums of doubled ranks. */
function tailOf(statistic: number, ranks: readonly number[]): number {
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const whole = doubled.reduce((sum, rank) => sum + rank, 0);
  const ways = new Float64Array(whole + 1);
  ways[0] = 1;
  for (const rank of doubled) for (let sum = whole; sum >= rank; sum--) ways[sum] = (ways[sum] ?? 0) + (ways[sum - rank] ?? 0);
  let below = 0;
  for (let sum = 0; sum <= Math.round(2 * statistic); sum++) below += ways[sum] ?? 0;
  return Math.min(1, (2 * below) / 2 ** ranks.length);
}
