/** Points of a line, in the order in which it is drawn. */
export interface Curve {
  readonly x: number[];
  readonly y: number[];
}

/** Hits and rows among the highest scores, at each place where the score changes. */
function cumulated(labels: ArrayLike<number>, scores: ArrayLike<number>): { readonly rows: number[]; readonly hits: number[] } {
  const order = Int32Array.from({ length: labels.length }, (_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const rows: number[] = [];
  const hits: number[] = [];
  let found = 0;
  for (let i = 0; i < order.length; i++) {
    found += labels[order[i] ?? 0] === 1 ? 1 : 0;
    if (i + 1 < order.length && scores[order[i + 1] ?? 0] === scores[order[i] ?? 0]) continue;
    rows.push(i + 1);
    hits.push(found);
  }
  return { rows, hits };
}

/** At most `maxPoints` of the points, first and last among them, evenly picked. */
function thinned(x: number[], y: number[], maxPoints: number): Curve {
  if (x.length <= maxPoints) return { x, y };
  const kept = Array.from({ length: maxPoints }, (_, i) => Math.round((i * (x.length - 1)) / (maxPoints - 1)));
  return { x: kept.map((i) => x[i] ?? 0), y: kept.map((i) => y[i] ?? 0) };
}

/**
 * Precision over recall, from the highest scores to all rows, beginning at recall 0 with precision 1 as scikit-learn ends it.
 * Null without positives.
 * @param labels - 1 for the positive class, else 0
 */
export function precisionRecallCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, maxPoints = 200): Curve | null {
  const { rows, hits } = cumulated(labels, scores);
  const positive = hits.at(-1) ?? 0;
  if (positive === 0) return null;
  return thinned([0, ...hits.map((found) => found / positive)], [1, ...hits.map((found, i) => found / (rows[i] ?? 1))], maxPoints);
}

/**
 * Lift over the share of rows: how many times more positives there are among the highest scores than among as many rows
 * picked blindly. Ends at 1. Null without positives.
 * @param labels - 1 for the positive class, else 0
 */
export function liftCurve(labels: ArrayLike<number>, scores: ArrayLike<number>, maxPoints = 200): Curve | null {
  const { rows, hits } = cumulated(labels, scores);
  const positive = hits.at(-1) ?? 0;
  if (positive === 0) return null;
  const rate = positive / labels.length;
  return thinned(
    rows.map((count) => count / labels.length),
    hits.map((found, i) => found / (rows[i] ?? 1) / rate),
    maxPoints,
  );
}

/** Counts of values between edges; the last edge belongs to the last bin, and values outside are not counted. */
export function equalWidthHistogram(
  values: ArrayLike<number>,
  low: number,
  high: number,
  bins: number,
): { edges: number[]; counts: number[] } {
  const width = (high - low) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + i * width));
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value >= low && value <= high)) continue;
    const bin = width === 0 ? 0 : Math.min(bins - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges, counts };
}
