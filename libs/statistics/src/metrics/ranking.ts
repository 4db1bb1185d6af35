import { noStatistic, statistic, type Statistic } from '../statistic.js';

type Numbers = ArrayLike<number>;
const at = (values: Numbers, index: number): number => values[index] ?? Number.NaN;

/** A point of a ROC curve, with the share of rows that the threshold calls positive. */
export interface RocPoint {
  readonly threshold: number;
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

function orderBy(scores: Numbers): Uint32Array {
  return Uint32Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => at(scores, a) - at(scores, b));
}

/** Area under the ROC curve by Mann-Whitney, ties counting half. `y` is 0 or 1. One class only: `undefined`. */
export function rocAuc(y: Numbers, scores: Numbers): Statistic {
  const n = y.length;
  const order = orderBy(scores);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < n;) {
    let end = start;
    let here = 0;
    while (end < n && at(scores, at(order, end)) === at(scores, at(order, start))) here += at(y, at(order, end++));
    if (end === start) return noStatistic(n, 'undefined');
    rankSum += (here * (start + 1 + end)) / 2;
    positives += here;
    start = end;
  }
  const negatives = n - positives;
  if (positives === 0 || negatives === 0) return noStatistic(n, 'undefined');
  return statistic((rankSum - (positives * (positives + 1)) / 2) / (positives * negatives), n);
}

// Distinct scores from the highest down, with the positives and rows at or above each.
function* steps(y: Numbers, scores: Numbers): Generator<{ threshold: number; truePositives: number; rows: number }> {
  const order = orderBy(scores).reverse();
  let truePositives = 0;
  for (let i = 0; i < order.length; i++) {
    truePositives += at(y, at(order, i));
    const threshold = at(scores, at(order, i));
    if (i + 1 === order.length || at(scores, at(order, i + 1)) !== threshold) yield { threshold, truePositives, rows: i + 1 };
  }
}

/** Average precision: Σ(Rᵢ − Rᵢ₋₁)·Pᵢ over distinct scores. No positive: `undefined`. */
export function averagePrecision(y: Numbers, scores: Numbers): Statistic {
  let area = 0;
  let before = 0;
  for (const step of steps(y, scores)) {
    area += ((step.truePositives - before) * step.truePositives) / step.rows;
    before = step.truePositives;
  }
  return before === 0 ? noStatistic(y.length, 'undefined') : statistic(area / before, y.length);
}

/** Points of the ROC curve from (0, 0) to (1, 1), thinned evenly to at most `limit`; the ends always stay. */
export function rocCurve(y: Numbers, scores: Numbers, limit = 200): RocPoint[] {
  const all = [...steps(y, scores)];
  const last = all[all.length - 1];
  const positives = last?.truePositives ?? 0;
  const negatives = (last?.rows ?? 0) - positives;
  if (positives === 0 || negatives === 0) return [];
  const points = all.map(({ threshold, truePositives, rows }) => ({
    threshold,
    falsePositiveRate: (rows - truePositives) / negatives,
    truePositiveRate: truePositives / positives,
  }));
  points.unshift({ threshold: Number.POSITIVE_INFINITY, falsePositiveRate: 0, truePositiveRate: 0 });
  if (points.length <= limit) return points;
  return Array.from({ length: limit }, (_, i) => points[Math.round((i * (points.length - 1)) / (limit - 1))]).filter(
    (point) => point !== undefined,
  );
}
