import type { Points } from './points.js';

/** Centres that a run of Lloyd's algorithm came to. */
export interface Clustering {
  readonly centres: readonly Float64Array[];
  readonly labels: Int32Array;
  /** Σ of the squared distances to the nearest centre. */
  readonly inertia: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Lloyd's algorithm: rows go to the nearest centre, centres to the mean of their rows, until no row changes or the centres
 * move less than `tolerance` (Σ of squared moves). A centre without rows takes the row that is farthest from its own.
 */
export async function refineCentres(
  points: Points,
  first: readonly Float64Array[],
  maxIterations: number,
  tolerance: number,
  each: (iteration: number, inertia: number) => Promise<void>,
): Promise<Clustering> {
  let centres: readonly Float64Array[] = first.map((centre) => centre.slice());
  let { labels, inertia, distances } = assign(points, centres);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const next = meansOf(points, labels, distances, centres.length);
    const moved = next.reduce((sum, centre, k) => sum + squaredMove(centre, centres[k] ?? centre), 0);
    centres = next;
    const before = labels;
    ({ labels, inertia, distances } = assign(points, centres));
    await each(iteration, inertia);
    const settled = labels.every((label, row) => label === before[row]);
    if (settled || moved <= tolerance) return { centres, labels, inertia, iterations: iteration, converged: true };
  }
  return { centres, labels, inertia, iterations: maxIterations, converged: false };
}

interface Assignment {
  readonly labels: Int32Array;
  readonly distances: Float64Array;
  readonly inertia: number;
}

function assign(points: Points, centres: readonly Float64Array[]): Assignment {
  const labels = new Int32Array(points.rows);
  const distances = new Float64Array(points.rows).fill(Number.POSITIVE_INFINITY);
  centres.forEach((centre, k) => {
    const squares = points.blockSquares(centre);
    for (let row = 0; row < points.rows; row++) {
      const distance = points.squaredDistance(row, centre, squares);
      if (distance >= (distances[row] ?? 0)) continue;
      distances[row] = distance;
      labels[row] = k;
    }
  });
  let inertia = 0;
  for (const distance of distances) inertia += distance;
  return { labels, distances, inertia };
}

function meansOf(points: Points, labels: Int32Array, distances: Float64Array, clusters: number): Float64Array[] {
  const sums = Array.from({ length: clusters }, () => new Float64Array(points.width));
  const counts = new Int32Array(clusters);
  labels.forEach((label, row) => {
    points.addTo(sums[label] ?? new Float64Array(points.width), row, 1);
    counts[label] = (counts[label] ?? 0) + 1;
  });
  repairEmpty(points, labels, distances, sums, counts);
  return sums.map((sum, k) => sum.map((value) => value / Math.max(1, counts[k] ?? 0)));
}

/** Each centre without rows takes one of the farthest rows away from the centre that had it, unless that would be its last. */
function repairEmpty(points: Points, labels: Int32Array, distances: Float64Array, sums: Float64Array[], counts: Int32Array): void {
  const empty = Array.from(counts.keys()).filter((k) => counts[k] === 0);
  if (empty.length === 0) return;
  const farthest = Array.from(labels.keys()).sort((a, b) => (distances[b] ?? 0) - (distances[a] ?? 0) || a - b);
  for (const row of farthest) {
    const owner = labels[row] ?? 0;
    if (empty.length === 0) return;
    if ((counts[owner] ?? 0) < 2) continue;
    const k = empty.shift() ?? 0;
    points.addTo(sums[owner] ?? new Float64Array(points.width), row, -1);
    points.addTo(sums[k] ?? new Float64Array(points.width), row, 1);
    counts[owner] = (counts[owner] ?? 0) - 1;
    counts[k] = 1;
  }
}

function squaredMove(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + (value - (b[k] ?? 0)) ** 2, 0);
}
