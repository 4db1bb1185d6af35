import type { Frame } from '@crisol/frame';
import { encodeFeatures, planFeatures, type FeaturePlan } from '../features/feature-plan.js';
import { layOut, layOutTable, planDesign, type DesignPlan } from '../linear/design.js';
import { seededRandom } from '../random.js';
import { checkTable, createPacer, UnusableDataError, type ColumnImportance, type LearnerReport, type UnlabelledData } from '../training.js';
import { importanceByColumn } from '../trees/gradient-boosting.js';
import { refineCentres, type Clustering } from './lloyd.js';
import { Points } from './points.js';
import { seedCentres } from './seeding.js';

export interface KMeansOptions {
  readonly clusters: number;
  /** Runs from different first centres; the best is kept. */
  readonly starts: number;
  readonly maxIterations: number;
  /** Stops when the centres move less than this share of the mean variance of the columns. */
  readonly tolerance: number;
  /** Scales numeric columns to mean 0 and deviation 1, so that distances treat them alike. */
  readonly standardise: boolean;
}
/** Centres in the space of the design; missing numbers are the mean, texts are one-hot. */
export interface KMeansModel {
  readonly plan: FeaturePlan;
  readonly design: DesignPlan;
  readonly centres: readonly Float64Array[];
}
export interface TrainedKMeans {
  readonly model: KMeansModel;
  readonly importance: readonly ColumnImportance[];
  readonly notes: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** Squared distances below this count as this: a row on a centre belongs to it alone without a division by zero. */
export const nearestSquare = 1e-12;

/** k-means: several k-means++ starts, each refined by Lloyd's algorithm. Same data, options and seed give the same centres. */
export async function trainKMeans(
  data: UnlabelledData,
  options: KMeansOptions,
  report: LearnerReport,
  signal: AbortSignal,
): Promise<TrainedKMeans> {
  const { table, seed } = data;
  checkTable(table, ['label', 'probabilities']);
  if (table.rows < options.clusters)
    throw new UnusableDataError(`There are ${table.rows} rows; for ${options.clusters} groups at least ${options.clusters} are needed.`);
  const pace = createPacer(signal);
  await pace();
  report.progress(0, 'Laying out the columns');
  const plan = planFeatures(table);
  const columns = encodeFeatures(plan, table);
  const design = planDesign(plan, columns, options.standardise);
  const points = new Points(layOut(design, columns, table.rows));
  const around = await refineCentres(points, [points.at(0)], 1, 0, () => Promise.resolve());
  const tolerance = (options.tolerance * around.inertia) / points.rows / Math.max(1, points.width);
  let best: Clustering | undefined;
  for (let start = 0; start < options.starts; start++) {
    const random = seededRandom(seed ^ Math.imul(start + 1, 0x9e3779b1));
    const first = seedCentres(points, options.clusters, random);
    const found = await refineCentres(points, first, options.maxIterations, tolerance, async (iteration) => {
      const share = Math.min(0.99, iteration / options.maxIterations);
      report.progress((0.95 * (start + share)) / options.starts, `Start ${start + 1} of ${options.starts}, iteration ${iteration}`);
      await pace();
    });
    report.metric('inertia', start + 1, found.inertia);
    if (best === undefined || found.inertia < best.inertia) best = found;
    report.progress((0.95 * (start + 1)) / options.starts, `Start ${start + 1} of ${options.starts} done`);
  }
  if (best === undefined) throw new UnusableDataError('At least one start is needed.');
  const model: KMeansModel = { plan, design, centres: best.centres };
  report.progress(1, 'Done');
  return {
    model,
    importance: importanceByColumn(plan, separation(model, best, table.rows)),
    notes: notesOf(best, options, report),
    metrics: { inertia: best.inertia, iterations: best.iterations, explainedShare: 1 - best.inertia / (around.inertia || 1) },
  };
}

function notesOf(best: Clustering, options: KMeansOptions, report: LearnerReport): string[] {
  const sizes = new Int32Array(options.clusters);
  for (const label of best.labels) sizes[label] = (sizes[label] ?? 0) + 1;
  const notes = [`Rows in the groups: ${[...sizes].join(', ')}.`];
  if (!best.converged) {
    notes.push(`Not settled after ${best.iterations} iterations; more would help.`);
    report.log('warn', notes.at(-1) ?? '');
  }
  if (sizes.includes(0)) notes.push('The rows have fewer different values than groups were asked for; some groups are empty.');
  return notes;
}

/** By feature: the weighted spread of the centres along it. */
function separation({ plan, design, centres }: KMeansModel, { labels }: Clustering, rows: number): Float64Array {
  const shares = new Float64Array(centres.length);
  for (const label of labels) shares[label] = (shares[label] ?? 0) + 1 / rows;
  const spread = (place: number): number => {
    const mean = centres.reduce((sum, centre, k) => sum + (shares[k] ?? 0) * (centre[place] ?? 0), 0);
    return centres.reduce((sum, centre, k) => sum + (shares[k] ?? 0) * ((centre[place] ?? 0) - mean) ** 2, 0);
  };
  const out = new Float64Array(plan.features.length);
  design.numeric.forEach(({ feature }, place) => (out[feature] = spread(place)));
  for (const { feature, offset, size } of design.categories)
    for (let level = 0; level < size; level++) out[feature] = (out[feature] ?? 0) + spread(offset + level);
  return out;
}

/** Squared distances of each row to each centre, row by row. */
function distancesOf(model: KMeansModel, table: Frame): Float64Array {
  const points = new Points(layOutTable(model.plan, model.design, table));
  const out = new Float64Array(table.rows * model.centres.length);
  model.centres.forEach((centre, k) => {
    const squares = points.blockSquares(centre);
    for (let row = 0; row < table.rows; row++) out[row * model.centres.length + k] = points.squaredDistance(row, centre, squares);
  });
  return out;
}

/**
 * Memberships of each row in each group, in float64: (1/d²) / Σ(1/d²), those of fuzzy c-means at m = 2. The nearest centre has
 * the largest.
 */
export function predictKMeans(model: KMeansModel, table: Frame): Float64Array {
  const inverse = distancesOf(model, table).map((distance) => 1 / Math.max(nearestSquare, distance));
  const width = model.centres.length;
  for (let start = 0; start < inverse.length; start += width) {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += inverse[start + k] ?? 0;
    for (let k = 0; k < width; k++) inverse[start + k] = (inverse[start + k] ?? 0) / sum;
  }
  return inverse;
}
