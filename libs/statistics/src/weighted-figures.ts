/**
 * Figures of one model on fixed rows, each of which counts as often as its weight says: once each for the figures
 * themselves, 0 to many times in a resample. Sorted once, so that each asking is one pass over the rows.
 */
export interface WeightedFigures {
  readonly names: readonly string[];
  /** Writes the figures in the order of `names` to `out` from `at`; NaN where one does not exist. */
  write(weights: Int32Array, out: Float64Array, at: number): void;
}

const epsilon = 2 ** -52;
const clip = (p: number): number => Math.min(1 - epsilon, Math.max(epsilon, p));
const ratio = (above: number, below: number): number => (below === 0 ? Number.NaN : above / below);

function ascending(values: ArrayLike<number>): Int32Array {
  return Int32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
}

/** Rows in the order of a score, with where a run of equal scores ends. */
interface Ranking {
  readonly order: Int32Array;
  /** 1 where the next row in order has another score. */
  readonly ends: Uint8Array;
}

function rankingOf(scores: ArrayLike<number>): Ranking {
  const order = Int32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const ends = Uint8Array.from(order, (row, i) => (i + 1 < order.length && scores[order[i + 1] ?? 0] === scores[row] ? 0 : 1));
  return { order, ends };
}

/** Mann-Whitney with ties counting half. */
function weightedAuc({ order, ends }: Ranking, isPositive: ArrayLike<number>, weights: Int32Array): number {
  let [positives, negatives, tiedPositives, tiedNegatives, wins] = [0, 0, 0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0;
    const weight = weights[row] ?? 0;
    if (isPositive[row] === 1) tiedPositives += weight;
    else tiedNegatives += weight;
    if (ends[i] === 0) continue;
    wins += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    tiedPositives = 0;
    tiedNegatives = 0;
  }
  return ratio(wins, positives * negatives);
}

const calibrationBins = 10;

/**
 * Figures of a binary model: auc, averagePrecision, logLoss, brier, ece (NaN without scores), accuracy, balancedAccuracy,
 * precision, recall, specificity, f1, mcc.
 * @param isPositive - 1 for rows of the positive class, else 0
 * @param scores - probability of the positive class; null when the model gives none
 * @param decisions - 1 for rows that are taken for positive, else 0
 */
export function binaryFigures(isPositive: ArrayLike<number>, scores: Float64Array | null, decisions: ArrayLike<number>): WeightedFigures {
  const scored = scores && new ScoredPass(isPositive, scores);
  const n = isPositive.length;
  const isActual = Uint8Array.from({ length: n }, (_, i) => (isPositive[i] === 1 ? 1 : 0));
  const isDecided = Uint8Array.from({ length: n }, (_, i) => (decisions[i] === 1 ? 1 : 0));
  const names = [
    'auc',
    'averagePrecision',
    'logLoss',
    'brier',
    'ece',
    'accuracy',
    'balancedAccuracy',
    'precision',
    'recall',
    'specificity',
    'f1',
    'mcc',
  ];
  return {
    names,
    write(weights, out, at) {
      let total = 0;
      let actual = 0;
      let decided = 0;
      let tp = 0;
      for (let i = 0; i < n; i++) {
        const weight = weights[i] ?? 0;
        const own = weight * (isActual[i] ?? 0);
        const taken = isDecided[i] ?? 0;
        total += weight;
        actual += own;
        decided += weight * taken;
        tp += own * taken;
      }
      const fp = decided - tp;
      const fn = actual - tp;
      const tn = total - actual - fp;
      if (scored) scored.write(weights, total, out, at);
      else out.fill(Number.NaN, at, at + 5);
      const recall = ratio(tp, tp + fn);
      const specificity = ratio(tn, tn + fp);
      out[at + 5] = ratio(tp + tn, total);
      out[at + 6] = balanced(recall, specificity);
      out[at + 7] = ratio(tp, tp + fp);
      out[at + 8] = recall;
      out[at + 9] = specificity;
      out[at + 10] = ratio(2 * tp, 2 * tp + fp + fn);
      out[at + 11] = ratio(tp * tn - fp * fn, Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)));
    },
  };
}

/** All figures that need scores, in one pass from the highest score down; what belongs to a row lies in that order. */
class ScoredPass {
  private readonly order: Int32Array;
  private readonly ends: Uint8Array;
  private readonly isPositive: Uint8Array;
  private readonly distances: Float64Array;
  private readonly losses: Float64Array;

  constructor(isPositive: ArrayLike<number>, scores: Float64Array) {
    const { order, ends } = rankingOf(scores);
    this.order = order;
    this.ends = ends;
    this.isPositive = Uint8Array.from(order, (row) => (isPositive[row] === 1 ? 1 : 0));
    this.distances = Float64Array.from(order, (row) => (scores[row] ?? 0) - (isPositive[row] === 1 ? 1 : 0));
    this.losses = Float64Array.from(
      order,
      (row) => -Math.log(isPositive[row] === 1 ? clip(scores[row] ?? 0) : clip(1 - (scores[row] ?? 0))),
    );
  }

  /** auc, averagePrecision, logLoss, brier, ece. */
  write(weights: Int32Array, total: number, out: Float64Array, at: number): void {
    const { order, ends, isPositive, distances, losses } = this;
    // Bins of equal count as `expectedCalibrationError` cuts them: the lower ones hold one more.
    const size = (bin: number): number => Math.floor(total / calibrationBins) + (bin < total % calibrationBins ? 1 : 0);
    let bin = calibrationBins - 1;
    let room = size(bin);
    let gap = 0;
    let error = 0;
    let loss = 0;
    let square = 0;
    let wins = 0;
    let precisions = 0;
    let positives = 0;
    let negatives = 0;
    let tiedPositives = 0;
    let tiedNegatives = 0;
    // This runs for every row of thousands of resamples: products stand where branches could not be foretold.
    for (let i = 0; i < order.length; i++) {
      let weight = weights[order[i] ?? 0] ?? 0;
      const distance = distances[i] ?? 0;
      const positive = weight * (isPositive[i] ?? 0);
      tiedPositives += positive;
      tiedNegatives += weight - positive;
      loss += weight * (losses[i] ?? 0);
      square += weight * distance * distance;
      while (weight > room) {
        error += Math.abs(gap + room * distance);
        weight -= room;
        gap = 0;
        room = size(--bin);
      }
      gap += weight * distance;
      room -= weight;
      if (ends[i] === 0) continue;
      wins += tiedNegatives * (positives + tiedPositives / 2);
      positives += tiedPositives;
      negatives += tiedNegatives;
      precisions += tiedPositives * (positives / Math.max(1, positives + negatives));
      tiedPositives = 0;
      tiedNegatives = 0;
    }
    out[at] = ratio(wins, positives * negatives);
    out[at + 1] = ratio(precisions, positives);
    out[at + 2] = ratio(loss, total);
    out[at + 3] = ratio(square, total);
    out[at + 4] = ratio(error + Math.abs(gap), total);
  }
}

/** Mean recall over the classes that occur. */
function balanced(recall: number, specificity: number): number {
  if (Number.isNaN(recall)) return specificity;
  return Number.isNaN(specificity) ? recall : (recall + specificity) / 2;
}

/**
 * Figures of a model of several classes: accuracy, balancedAccuracy, precisionMacro, recallMacro, f1Macro, f1Weighted, mcc,
 * logLoss and aucOvr (NaN without probabilities; aucOvr also with more than `mostRanked` classes, since each is sorted).
 * @param truth - class of each row
 * @param predictions - class that the model answers
 * @param probabilities - an array for each class, or none
 */
export function multiclassFigures(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  classes: number,
  mostRanked = 12,
): WeightedFigures {
  const n = truth.length;
  const withScores = probabilities.length > 0;
  const losses = Float64Array.from({ length: n }, (_, i) => -Math.log(clip(probabilities[truth[i] ?? 0]?.[i] ?? 0)));
  const isRanked = withScores && classes <= mostRanked;
  const rankings = isRanked
    ? probabilities.map((own, index) => ({
        ranking: rankingOf(own),
        is: Uint8Array.from({ length: n }, (_, i) => (truth[i] === index ? 1 : 0)),
      }))
    : [];
  const names = ['accuracy', 'balancedAccuracy', 'precisionMacro', 'recallMacro', 'f1Macro', 'f1Weighted', 'mcc', 'logLoss', 'aucOvr'];
  const hits = new Float64Array(classes);
  const actual = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  return {
    names,
    write(weights, out, at) {
      hits.fill(0);
      actual.fill(0);
      predicted.fill(0);
      let total = 0;
      let loss = 0;
      for (let i = 0; i < n; i++) {
        const weight = weights[i] ?? 0;
        if (weight === 0) continue;
        const own = truth[i] ?? 0;
        const answer = predictions[i] ?? -1;
        total += weight;
        actual[own] = (actual[own] ?? 0) + weight;
        if (answer >= 0) predicted[answer] = (predicted[answer] ?? 0) + weight;
        if (own === answer) hits[own] = (hits[own] ?? 0) + weight;
        loss += weight * (losses[i] ?? 0);
      }
      const macro = new Mean();
      const recalls = new Mean();
      const f1s = new Mean();
      const weighted = new Mean();
      let correct = 0;
      let cross = 0;
      let actualSquares = 0;
      let predictedSquares = 0;
      for (let k = 0; k < classes; k++) {
        const [hit, own, answered] = [hits[k] ?? 0, actual[k] ?? 0, predicted[k] ?? 0];
        correct += hit;
        cross += own * answered;
        actualSquares += own ** 2;
        predictedSquares += answered ** 2;
        macro.add(ratio(hit, answered), 1);
        recalls.add(ratio(hit, own), 1);
        f1s.add(ratio(2 * hit, own + answered), 1);
        weighted.add(ratio(2 * hit, own + answered), own);
      }
      const aucs = new Mean();
      for (const { ranking, is } of rankings) aucs.add(weightedAuc(ranking, is, weights), 1);
      out.set(
        [
          ratio(correct, total),
          recalls.value(),
          macro.value(),
          recalls.value(),
          f1s.value(),
          weighted.value(),
          ratio(correct * total - cross, Math.sqrt((total ** 2 - predictedSquares) * (total ** 2 - actualSquares))),
          withScores ? ratio(loss, total) : Number.NaN,
          aucs.value(),
        ],
        at,
      );
    },
  };
}

/** Mean of what exists. */
class Mean {
  private sum = 0;
  private weights = 0;

  add(value: number, weight: number): void {
    if (Number.isNaN(value)) return;
    this.sum += value * weight;
    this.weights += weight;
  }

  value(): number {
    return ratio(this.sum, this.weights);
  }
}

/** Figures of a regression: rmse, mae, medianAe, r2, mape. */
export function regressionFigures(truth: ArrayLike<number>, predictions: ArrayLike<number>): WeightedFigures {
  const n = truth.length;
  const errors = Float64Array.from({ length: n }, (_, i) => Math.abs((truth[i] ?? 0) - (predictions[i] ?? 0)));
  const shares = Float64Array.from(errors, (error, i) => error / Math.max(Math.abs(truth[i] ?? 0), epsilon));
  const order = ascending(errors);
  // Sums of squares lose nothing to a mean that is far from 0.
  let shift = 0;
  for (let i = 0; i < n; i++) shift += ((truth[i] ?? 0) - shift) / (i + 1);
  const names = ['rmse', 'mae', 'medianAe', 'r2', 'mape'];
  return {
    names,
    write(weights, out, at) {
      let total = 0;
      let squares = 0;
      let absolutes = 0;
      let relative = 0;
      let moved = 0;
      let movedSquares = 0;
      for (let i = 0; i < n; i++) {
        const weight = weights[i] ?? 0;
        if (weight === 0) continue;
        const error = errors[i] ?? 0;
        const y = (truth[i] ?? 0) - shift;
        total += weight;
        squares += weight * error * error;
        absolutes += weight * error;
        relative += weight * (shares[i] ?? 0);
        moved += weight * y;
        movedSquares += weight * y * y;
      }
      const spread = movedSquares - (moved * moved) / Math.max(1, total);
      const isConstant = spread <= 1e-12 * movedSquares || spread <= 0;
      out.set(
        [
          Math.sqrt(ratio(squares, total)),
          ratio(absolutes, total),
          weightedMedian(order, errors, weights, total),
          total < 2 ? Number.NaN : isConstant ? (squares === 0 ? 1 : 0) : 1 - squares / spread,
          ratio(relative, total),
        ],
        at,
      );
    },
  };
}

/** The middle of the errors, or the mean of the middle two. */
function weightedMedian(order: Int32Array, errors: Float64Array, weights: Int32Array, total: number): number {
  if (total === 0) return Number.NaN;
  const [lower, upper] = [Math.floor((total - 1) / 2), Math.floor(total / 2)];
  let passed = 0;
  let low = Number.NaN;
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0;
    passed += weights[row] ?? 0;
    if (Number.isNaN(low) && passed > lower) low = errors[row] ?? 0;
    if (passed > upper) return (low + (errors[row] ?? 0)) / 2;
  }
  return low;
}
