import { wilsonInterval } from './class-metrics.js';
import { logChoose } from './distributions.js';
import { mulberry32 } from './random.js';

/** Shuffles of the groups, enough for the 95 % point of what chance makes. */
const mostShuffles = 500;

/** Rates of a group: share selected, found among the positives, wrongly selected among the negatives, and right. */
export type RateName = 'selectionRate' | 'truePositiveRate' | 'falsePositiveRate' | 'accuracy';

export interface GroupRate {
  /** Null where the group has no row that the rate is about. */
  readonly value: number | null;
  /** Rows that the rate is about. */
  readonly n: number;
  /** 95 %, Wilson. */
  readonly low: number | null;
  readonly high: number | null;
}
export interface GroupRates extends Readonly<Record<RateName, GroupRate>> {
  readonly group: string;
  readonly rows: number;
}

/**
 * Rates of each group of a binary decision, in the order of `names`.
 * @param truth - 1 for the positive class
 * @param decision - 1 for selected
 * @param groups - index into `names` of each row
 */
export function groupRates(
  truth: ArrayLike<number>,
  decision: ArrayLike<number>,
  groups: ArrayLike<number>,
  names: readonly string[],
): GroupRates[] {
  const counts = new Int32Array(4 * names.length);
  for (let i = 0; i < truth.length; i++) add(counts, groups[i] ?? 0, cellOf(truth[i], decision[i]));
  return ratesOf(counts, names);
}

/** Four counts a group: true positives, false positives, true negatives, false negatives. */
function ratesOf(counts: Int32Array, names: readonly string[]): GroupRates[] {
  return names.map((group, k) => {
    const [tp, fp, tn, fn] = cellsOf(counts, k);
    const rows = tp + fp + tn + fn;
    return {
      group,
      rows,
      selectionRate: rate(tp + fp, rows),
      truePositiveRate: rate(tp, tp + fn),
      falsePositiveRate: rate(fp, fp + tn),
      accuracy: rate(tp + tn, rows),
    };
  });
}

function cellOf(truth: number | undefined, decision: number | undefined): number {
  if (decision === 1) return truth === 1 ? 0 : 1;
  return truth === 1 ? 3 : 2;
}

function add(counts: Int32Array, group: number, cell: number): void {
  const at = 4 * group + cell;
  counts[at] = (counts[at] ?? 0) + 1;
}

function cellsOf(counts: Int32Array, group: number): [number, number, number, number] {
  const at = 4 * group;
  return [counts[at] ?? 0, counts[at + 1] ?? 0, counts[at + 2] ?? 0, counts[at + 3] ?? 0];
}

function rate(hits: number, n: number): GroupRate {
  const interval = wilsonInterval(hits, n);
  return { value: n === 0 ? null : hits / n, n, low: interval?.low ?? null, high: interval?.high ?? null };
}

/**
 * Gaps between groups, as Fairlearn defines them:
 * - demographic parity: selection rates
 * - equal opportunity: true positive rates
 * - equalised odds: the larger gap (the smaller ratio) of true and of false positive rates
 */
export type ParityMeasure = 'demographic_parity' | 'equal_opportunity' | 'equalized_odds';
export interface Parity {
  /** Greatest minus least; null with fewer than two groups that have the rate. */
  readonly difference: number | null;
  /** Least over greatest; null when the greatest is 0. */
  readonly ratio: number | null;
}

const ratesBehind: Readonly<Record<ParityMeasure, readonly RateName[]>> = {
  demographic_parity: ['selectionRate'],
  equal_opportunity: ['truePositiveRate'],
  equalized_odds: ['truePositiveRate', 'falsePositiveRate'],
};

/** How far groups are apart. A group without the rows that a rate is about is left out of it, instead of counting as 0. */
export function parity(measure: ParityMeasure, rates: readonly GroupRates[]): Parity {
  const gaps = ratesBehind[measure].map((name) => gap(rates.flatMap((group) => group[name].value ?? [])));
  const differences = gaps.flatMap(({ difference }) => difference ?? []);
  const ratios = gaps.flatMap(({ ratio }) => ratio ?? []);
  return {
    difference: differences.length === 0 ? null : Math.max(...differences),
    ratio: ratios.length === 0 ? null : Math.min(...ratios),
  };
}

function gap(values: readonly number[]): Parity {
  if (values.length < 2) return { difference: null, ratio: null };
  const greatest = Math.max(...values);
  const least = Math.min(...values);
  return { difference: greatest - least, ratio: greatest === 0 ? null : least / greatest };
}

/**
 * Interval of a gap by resampling rows within each group (so that none is lost), percentile, and the size that chance
 * alone reaches in one of twenty tables: the 95 % point of the difference when the groups' labels are shuffled. The gap
 * between groups is never negative, so noise alone makes one.
 */
export function parityInterval(
  measure: ParityMeasure,
  data: {
    readonly truth: ArrayLike<number>;
    readonly decision: ArrayLike<number>;
    readonly groups: ArrayLike<number>;
    readonly names: readonly string[];
  },
  options: { readonly seed: number; readonly resamples?: number },
): { readonly difference: Interval; readonly ratio: Interval; readonly chance: number | null } {
  const { seed, resamples = 2000 } = options;
  const random = mulberry32(seed);
  const size = data.truth.length;
  const cells = Uint8Array.from({ length: size }, (_, i) => cellOf(data.truth[i], data.decision[i]));
  const byGroup = data.names.map((_, k) => cells.filter((_cell, i) => data.groups[i] === k));
  const counts = new Int32Array(4 * data.names.length);
  const differences: number[] = [];
  const ratios: number[] = [];
  const byChance: number[] = [];
  for (let b = 0; b < resamples; b++) {
    counts.fill(0);
    for (const [k, own] of byGroup.entries())
      for (let i = 0; i < own.length; i++) add(counts, k, own[Math.floor(random() * own.length)] ?? 0);
    const found = parity(measure, ratesOf(counts, data.names));
    if (found.difference !== null) differences.push(found.difference);
    if (found.ratio !== null) ratios.push(found.ratio);
  }
  // Every shuffle goes on from the one before, which is as random as a fresh one.
  const labels = Int32Array.from({ length: size }, (_, i) => data.groups[i] ?? 0);
  for (let b = 0; b < Math.min(resamples, mostShuffles); b++) {
    counts.fill(0);
    for (let i = size - 1; i >= 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const label = labels[j] ?? 0;
      labels[j] = labels[i] ?? 0;
      labels[i] = label;
      add(counts, label, cells[i] ?? 0);
    }
    const found = parity(measure, ratesOf(counts, data.names));
    if (found.difference !== null) byChance.push(found.difference);
  }
  return {
    difference: percentiles(differences),
    ratio: percentiles(ratios),
    chance: byChance.length === 0 ? null : pointOf(byChance.sort(ascending), 0.95),
  };
}

export type Interval = { readonly low: number; readonly high: number } | null;

function percentiles(values: number[]): Interval {
  if (values.length === 0) return null;
  values.sort(ascending);
  return { low: pointOf(values, 0.025), high: pointOf(values, 0.975) };
}

const ascending = (a: number, b: number): number => a - b;

function pointOf(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + ((sorted[Math.ceil(at)] ?? 0) - low) * (at - Math.floor(at));
}

/** Two-sided p of Fisher's exact test on a 2 × 2 table: tables as likely as this one or less, margins kept. */
export function fisherExact(a: number, b: number, c: number, d: number): number {
  const first = a + b;
  const second = c + d;
  const left = a + c;
  const whole = logChoose(first + second, left);
  const probability = (x: number): number => Math.exp(logChoose(first, x) + logChoose(second, left - x) - whole);
  const own = probability(a);
  let sum = 0;
  for (let x = Math.max(0, left - second); x <= Math.min(first, left); x++) {
    const one = probability(x);
    // Rounding must not leave out a table that is exactly as likely.
    if (one <= own * (1 + 1e-7)) sum += one;
  }
  return Math.min(1, sum);
}
