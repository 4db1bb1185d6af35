import type { ComparisonResult } from '@crisol/contracts';
import type { Figure } from './figures.js';
import type { ScoredRows } from './scored-rows.js';
import type { PairTest, TestedPair } from './test-pairs.js';

/** The best other candidate against the first, in terms of what is good. */
export interface Standing {
  readonly verdict: ComparisonResult['verdict'];
  /** Place of the best other candidate; null when nothing can be told of any. */
  readonly best: number | null;
  /** How much better the best other one is than the first; below 0 when it is worse. */
  readonly advantage: { readonly value: number; readonly low: number; readonly high: number } | null;
  readonly reason:
    'shown' | 'not_shown' | 'below_smallest_effect' | 'maybe_below_smallest_effect' | 'alike' | 'one_class' | 'few_rows' | 'nothing';
}

const fewestRows = 30;
const fewestOfAClass = 5;
const alpha = 0.05;

/** The test that decides on a figure. */
export function decidingTest(metric: Figure, rows: number): PairTest {
  if (rows === 0) return 'corrected_t';
  if (metric.name === 'auc') return 'delong';
  return metric.name === 'accuracy' ? 'mcnemar' : 'paired_bootstrap';
}

/**
 * Whether the best other candidate is better than the first: its adjusted p-value is at most 0.05 and the lower bound of its
 * advantage is above the smallest effect that matters.
 */
export function standingOf(rows: ScoredRows, pairs: readonly TestedPair[], metric: Figure, smallestEffect: number): Standing {
  const test = decidingTest(metric, rows.truth.length);
  const sign = metric.higherIsBetter ? 1 : -1;
  const contenders = pairs
    .filter((pair) => pair.a === 0 && pair.test === test && pair.metric === metric.name)
    .flatMap(({ b, difference, low, high, pAdjusted }) =>
      difference === null || low === null || high === null || pAdjusted === null
        ? []
        : [{ b, p: pAdjusted, value: sign * difference, low: sign > 0 ? low : -high, high: sign > 0 ? high : -low }],
    );
  const [top] = contenders.toSorted((one, other) => other.value - one.value);
  const lack = lackOf(rows, test);
  if (!top) return { verdict: 'not_enough_data', best: null, advantage: null, reason: lack ?? 'nothing' };
  const { b: best, p, value, low, high } = top;
  const advantage = { value, low, high };
  if (lack) return { verdict: 'not_enough_data', best, advantage, reason: lack };
  if (isAlike(rows, best)) return { verdict: 'no_difference', best, advantage, reason: 'alike' };
  if (p <= alpha && low > smallestEffect) return { verdict: 'better', best, advantage, reason: 'shown' };
  if (p <= alpha && high < -smallestEffect) return { verdict: 'worse', best, advantage, reason: 'shown' };
  if (smallestEffect > 0 && low > -smallestEffect && high < smallestEffect)
    return { verdict: 'no_difference', best, advantage, reason: 'below_smallest_effect' };
  if (p <= alpha && (low > 0 || high < 0)) return { verdict: 'no_difference', best, advantage, reason: 'maybe_below_smallest_effect' };
  return { verdict: 'no_difference', best, advantage, reason: 'not_shown' };
}

/** Why the rows cannot tell; null when they can. */
function lackOf({ task, truth, labels }: ScoredRows, test: PairTest): Standing['reason'] | null {
  if (test === 'corrected_t') return null;
  if (task !== 'regression') {
    const counts = labels.map(() => 0);
    for (const code of truth) counts[code] = (counts[code] ?? 0) + 1;
    const found = counts.filter((count) => count > 0);
    if (found.length < 2) return 'one_class';
    if (task === 'binary' && Math.min(...found) < fewestOfAClass) return 'few_rows';
  }
  return truth.length < fewestRows ? 'few_rows' : null;
}

function isAlike({ candidates, truth }: ScoredRows, best: number): boolean {
  const [first, other] = [candidates[0], candidates[best]];
  if (!first || !other || truth.length === 0) return false;
  const same = (a: Float64Array, b: Float64Array | undefined): boolean => a.every((value, row) => value === b?.[row]);
  return (
    same(first.predictions, other.predictions) &&
    first.probabilities.length === other.probabilities.length &&
    first.probabilities.every((own, k) => same(own, other.probabilities[k]))
  );
}
