import type { Points } from './points.js';

/**
 * First centres by k-means++ (Arthur and Vassilvitskii 2007): each further one is drawn with a chance in proportion to its
 * squared distance from those there are. Of 2 + ⌊ln k⌋ draws the one that lowers the sum most is taken.
 */
export function seedCentres(points: Points, clusters: number, random: () => number): Float64Array[] {
  const centres = [points.at(Math.floor(random() * points.rows))];
  let nearest = distancesTo(points, centres[0] ?? new Float64Array(0), undefined);
  const trials = 2 + Math.floor(Math.log(clusters));
  while (centres.length < clusters) {
    const total = sumOf(nearest);
    let best: { row: number; nearest: Float64Array; total: number } | undefined;
    for (let trial = 0; trial < trials; trial++) {
      const row = total > 0 ? drawn(nearest, random() * total) : Math.floor(random() * points.rows);
      const next = distancesTo(points, points.at(row), nearest);
      const left = sumOf(next);
      if (best === undefined || left < best.total) best = { row, nearest: next, total: left };
    }
    if (best === undefined) break;
    centres.push(points.at(best.row));
    nearest = best.nearest;
  }
  return centres;
}

/** Squared distance of each row to the centre, or what it was before where that is less. */
function distancesTo(points: Points, centre: Float64Array, before: Float64Array | undefined): Float64Array {
  const squares = points.blockSquares(centre);
  return Float64Array.from({ length: points.rows }, (_, row) =>
    Math.min(points.squaredDistance(row, centre, squares), before?.[row] ?? Number.POSITIVE_INFINITY),
  );
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function drawn(weights: Float64Array, at: number): number {
  let sum = 0;
  for (let row = 0; row < weights.length; row++) {
    sum += weights[row] ?? 0;
    if (sum > at) return row;
  }
  return weights.length - 1;
}
