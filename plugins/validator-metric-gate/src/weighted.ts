import type { ConfusionMatrix, Measure, WeightedStatistic } from '@crisol/statistics';
import type { Answers } from './answers.js';

/** Smallest probability that a logarithm is taken of, as in the library's own metrics. */
const epsilon = 2 ** -52;
export const clipped = (p: number): number => Math.min(1 - epsilon, Math.max(epsilon, p));

/** A mean over rows of what each row costs, and what is made of it. */
export function weightedMean(
  rows: number,
  loss: (row: number) => number,
  finish: (mean: number) => number = (mean) => mean,
): WeightedStatistic {
  const losses = Float64Array.from({ length: rows }, (_, row) => loss(row));
  return (weights) => {
    let sum = 0;
    let count = 0;
    for (let row = 0; row < losses.length; row++) {
      const weight = weights[row] ?? 0;
      sum += weight * (losses[row] ?? 0);
      count += weight;
    }
    return count === 0 ? null : finish(sum / count);
  };
}

/** A figure of the confusion matrix. */
export function ofMatrix(answers: Answers, figure: (matrix: ConfusionMatrix) => Measure): WeightedStatistic {
  const { truth, prediction, rows, classes } = answers;
  const cells = Int32Array.from({ length: rows }, (_, row) => (truth[row] ?? 0) * classes + (prediction[row] ?? 0));
  const counts = new Float64Array(classes * classes);
  return (weights) => {
    counts.fill(0);
    for (let row = 0; row < rows; row++) {
      const cell = cells[row] ?? 0;
      counts[cell] = (counts[cell] ?? 0) + (weights[row] ?? 0);
    }
    return figure(Array.from({ length: classes }, (_, k) => Array.from(counts.subarray(k * classes, (k + 1) * classes)))).value;
  };
}

/** Rows by descending score, and whether a row is the last of its tie. */
export interface Ranking {
  readonly order: Int32Array;
  readonly endsTie: Uint8Array;
  readonly positive: Uint8Array;
}

export function ranking(scores: Float64Array, isPositive: (row: number) => boolean): Ranking {
  const order = Int32Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  return {
    order,
    endsTie: Uint8Array.from(order, (row, at) => (at + 1 === order.length || scores[order[at + 1] ?? 0] !== scores[row] ? 1 : 0)),
    positive: Uint8Array.from(order, (row) => (isPositive(row) ? 1 : 0)),
  };
}

/** ROC AUC of a ranking: wins and half of the ties among pairs of a positive and a negative row. */
export function weightedAuc({ order, endsTie, positive }: Ranking): WeightedStatistic {
  return (weights) => {
    let wins = 0;
    let above = 0;
    let negatives = 0;
    let tiedPositive = 0;
    let tiedNegative = 0;
    for (let at = 0; at < order.length; at++) {
      const weight = weights[order[at] ?? 0] ?? 0;
      if (positive[at] === 1) tiedPositive += weight;
      else tiedNegative += weight;
      if (endsTie[at] === 0) continue;
      wins += tiedNegative * (above + tiedPositive / 2);
      above += tiedPositive;
      negatives += tiedNegative;
      tiedPositive = 0;
      tiedNegative = 0;
    }
    return above === 0 || negatives === 0 ? null : wins / (above * negatives);
  };
}

/** Average precision of a ranking: gain in recall times precision at each distinct score. */
export function weightedAveragePrecision({ order, endsTie, positive }: Ranking): WeightedStatistic {
  return (weights) => {
    let hits = 0;
    let before = 0;
    let seen = 0;
    let sum = 0;
    for (let at = 0; at < order.length; at++) {
      const weight = weights[order[at] ?? 0] ?? 0;
      seen += weight;
      if (positive[at] === 1) hits += weight;
      if (endsTie[at] === 0 || seen === 0) continue;
      sum += (hits - before) * (hits / seen);
      before = hits;
    }
    return hits === 0 ? null : sum / hits;
  };
}

/** Expected calibration error over bins of equal count; a row whose copies straddle a border is split there. */
export function weightedCalibrationError(scores: Float64Array, isPositive: (row: number) => boolean, bins = 10): WeightedStatistic {
  const order = Int32Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const positive = Uint8Array.from(order, (row) => (isPositive(row) ? 1 : 0));
  return (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) return null;
    let bin = 0;
    let room = binSize(total, bins, 0);
    let gap = 0;
    let error = 0;
    for (let at = 0; at < order.length; at++) {
      let left = weights[order[at] ?? 0] ?? 0;
      const distance = (scores[order[at] ?? 0] ?? 0) - (positive[at] ?? 0);
      while (left > 0) {
        const taken = Math.min(left, room);
        gap += taken * distance;
        left -= taken;
        room -= taken;
        if (room > 0) continue;
        error += Math.abs(gap);
        gap = 0;
        bin++;
        room = binSize(total, bins, bin);
        if (room === 0) break;
      }
    }
    return (error + Math.abs(gap)) / total;
  };
}

const binSize = (total: number, bins: number, bin: number): number => Math.floor(total / bins) + (bin < total % bins ? 1 : 0);

/** The middle of values, or the mean of the middle two. */
export function weightedMedian(values: Float64Array): WeightedStatistic {
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  return (weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) return null;
    const [low, high] = [Math.floor((total - 1) / 2), Math.floor(total / 2)];
    let seen = 0;
    let first: number | undefined;
    for (const row of order) {
      seen += weights[row] ?? 0;
      const value = values[row] ?? 0;
      if (first === undefined && seen > low) first = value;
      if (seen > high) return ((first ?? value) + value) / 2;
    }
    return null;
  };
}

/** 1 − SSE/SST; nothing when the truth does not vary. */
export function weightedR2(truth: Float64Array, prediction: Float64Array): WeightedStatistic {
  // Around a centre the squares of a target far from 0 keep their digits.
  const centre = truth.reduce((sum, value) => sum + value, 0) / Math.max(1, truth.length);
  return (weights) => {
    let count = 0;
    let sum = 0;
    let squares = 0;
    let residual = 0;
    for (let row = 0; row < truth.length; row++) {
      const weight = weights[row] ?? 0;
      const value = (truth[row] ?? 0) - centre;
      count += weight;
      sum += weight * value;
      squares += weight * value * value;
      residual += weight * ((truth[row] ?? 0) - (prediction[row] ?? 0)) ** 2;
    }
    const whole = squares - (sum * sum) / count;
    return count < 2 || whole <= 0 ? null : 1 - residual / whole;
  };
}
