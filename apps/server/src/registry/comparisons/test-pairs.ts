import { looseNumber, type ComparisonResult, type Evaluation } from '@crisol/contracts';
import { compareAuc, comparePairedShares, correctedT, holm, wilcoxonSignedRank } from '@crisol/statistics';
import type { Figure } from './figures.js';
import { plainFigures, takeScored, type Measured } from './measure-candidates.js';
import { positiveScores, type ScoredRows } from './scored-rows.js';

type Pair = ComparisonResult['pairs'][number];
export type PairTest = Pair['test'];
/** A test of two candidates, with plain numbers. */
export interface TestedPair {
  readonly a: number;
  readonly b: number;
  readonly metric: string;
  readonly test: PairTest;
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly statistic: number | null;
  readonly p: number | null;
  readonly pAdjusted: number | null;
  readonly note: string | null;
}
type Found = Omit<TestedPair, 'a' | 'b' | 'pAdjusted'>;
/** Scores of a k-fold training; those of one key were made on the same folds. */
export interface FoldScores {
  readonly key: string | null;
  readonly folds: Evaluation['folds'];
}

const nothing = { difference: null, low: null, high: null, statistic: null, p: null };

/**
 * Every test that the data allow, for every pair of candidates; the p-values of one test are adjusted over its pairs.
 * @param measured - null: without the paired bootstrap
 */
export function testPairs(
  rows: ScoredRows,
  measured: Measured | null,
  metric: Figure,
  folds: readonly FoldScores[],
  sets: number,
): TestedPair[] {
  const bySet = sets > 1 ? Array.from({ length: sets }, (_, set) => plainFigures(takeScored(rows, rowsOf(rows, set)), metric.name)) : [];
  const pairs: Omit<TestedPair, 'pAdjusted'>[] = [];
  for (let a = 0; a < folds.length; a++)
    for (let b = a + 1; b < folds.length; b++) {
      const found: (Found | null)[] = [
        ...(rows.truth.length > 0 ? [delong(rows, a, b), mcnemar(rows, a, b)] : []),
        measured && pairedBootstrap(measured, metric, a, b),
        overFolds(metric, folds[a], folds[b]),
        overSets(metric, bySet, a, b),
      ];
      pairs.push(...found.filter((one) => one !== null).map((one) => ({ a, b, ...one })));
    }
  return adjusted(pairs);
}

function rowsOf({ sets }: ScoredRows, set: number): Int32Array {
  return Int32Array.from(sets.keys()).filter((row) => sets[row] === set);
}

function delong(rows: ScoredRows, a: number, b: number): Found | null {
  const [one, other] = [rows.candidates[a], rows.candidates[b]];
  const [scoresA, scoresB] = [one && positiveScores(one), other && positiveScores(other)];
  if (rows.task !== 'binary' || !scoresA || !scoresB) return null;
  const found = compareAuc(rows.truth, scoresA, scoresB);
  const named = { test: 'delong' as const, metric: 'auc' };
  if (!found) return { ...named, ...nothing, note: 'All rows are of one class, so there is no AUC.' };
  const { difference, low, high, z, p } = found;
  return { ...named, difference, low, high, statistic: z, p, note: null };
}

function mcnemar(rows: ScoredRows, a: number, b: number): Found | null {
  if (rows.task === 'regression') return null;
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  const [one, other] = [rows.candidates[a]?.predictions, rows.candidates[b]?.predictions];
  for (let i = 0; i < rows.truth.length; i++) {
    const [rightA, rightB] = [one?.[i] === rows.truth[i], other?.[i] === rows.truth[i]];
    counts[rightA ? (rightB ? 'both' : 'onlyA') : rightB ? 'onlyB' : 'neither']++;
  }
  const found = comparePairedShares(counts);
  if (!found) return null;
  const divided = counts.onlyA + counts.onlyB;
  const isExact = divided < 25;
  return {
    test: 'mcnemar',
    metric: 'accuracy',
    ...found,
    statistic: isExact ? null : Math.max(0, Math.abs(counts.onlyA - counts.onlyB) - 1) ** 2 / divided,
    note: `${counts.onlyB} rows only the second answers rightly, ${counts.onlyA} only the first${isExact ? '; exact' : ''}.`,
  };
}

function pairedBootstrap(measured: Measured, metric: Figure, a: number, b: number): Found {
  const found = measured.difference(a, b, metric.name);
  const named = { test: 'paired_bootstrap' as const, metric: metric.name };
  if (!found) return { ...named, ...nothing, note: `${metric.title} does not exist for one of them on these rows.` };
  return { ...named, difference: found.value, low: found.low, high: found.high, statistic: null, p: found.p, note: null };
}

function overFolds(metric: Figure, a: FoldScores | undefined, b: FoldScores | undefined): Found | null {
  if (!a || !b || a.key === null || a.key !== b.key) return null;
  const differences = a.folds.map((fold, k) => Number(b.folds[k]?.[metric.name] ?? Number.NaN) - Number(fold[metric.name] ?? Number.NaN));
  if (differences.some(Number.isNaN)) return null;
  const found = correctedT(differences, 1 / (differences.length - 1));
  if (!found) return null;
  const { difference, low, high, statistic, p } = found;
  return {
    test: 'corrected_t',
    metric: metric.name,
    difference,
    low,
    high,
    statistic,
    p,
    note: `Over the ${differences.length} folds that both were trained with.`,
  };
}

function overSets(metric: Figure, bySet: readonly (readonly (number | null)[])[], a: number, b: number): Found | null {
  if (bySet.length < 2) return null;
  const differences = bySet.flatMap((values) => {
    const [one, other] = [values[a] ?? null, values[b] ?? null];
    return one === null || other === null ? [] : [other - one];
  });
  const found = wilcoxonSignedRank(differences);
  const few = differences.length < 6 ? ' With fewer than 6 it never falls below 0.05.' : '';
  return {
    test: 'wilcoxon',
    metric: metric.name,
    difference: differences.length === 0 ? null : differences.reduce((sum, one) => sum + one, 0) / differences.length,
    low: null,
    high: null,
    statistic: found.statistic,
    p: differences.length === 0 ? null : found.p,
    note: `Over ${differences.length} data sets; the difference is their mean.${few}`,
  };
}

function adjusted(pairs: readonly Omit<TestedPair, 'pAdjusted'>[]): TestedPair[] {
  const byTest = new Map<PairTest, { p: number; index: number }[]>();
  for (const [index, { test, p }] of pairs.entries()) if (p !== null) byTest.set(test, [...(byTest.get(test) ?? []), { p, index }]);
  const found = new Map<number, number>();
  for (const group of byTest.values()) {
    const holmed = holm(group.map(({ p }) => p));
    for (const [i, { index }] of group.entries()) found.set(index, holmed[i] ?? 1);
  }
  return pairs.map((pair, index) => ({ ...pair, pAdjusted: found.get(index) ?? null }));
}

const loose = (value: number | null): Pair['p'] => (value === null ? null : looseNumber(value));

export function toPair(pair: TestedPair): Pair {
  const { difference, low, high, statistic, p, pAdjusted } = pair;
  return {
    ...pair,
    difference: loose(difference),
    low: loose(low),
    high: loose(high),
    statistic: loose(statistic),
    p: loose(p),
    pAdjusted: loose(pAdjusted),
  };
}
