import type { Frame } from '@crisol/frame';
import { encodeFeatures, planFeatures, type FeaturePlan } from '../features/feature-plan.js';
import { seededRandom } from '../random.js';
import { checkTable, createPacer, type ColumnImportance, type LearnerReport, type UnlabelledData } from '../training.js';
import { importanceByColumn } from '../trees/gradient-boosting.js';
import { leafOf, type Tree } from '../trees/tree.js';
import { growIsolationTree } from './isolation-tree.js';
import { anomalyScore } from './path-length.js';

/** How to grow an isolation forest. */
export interface IsolationOptions {
  readonly trees: number;
  /** Rows that each tree sees, drawn without replacement; at most all. */
  readonly sampleRows: number;
  /** 0: ⌈log₂ of the sample⌉, the depth at which a balanced tree would have cut off every row. */
  readonly maxDepth: number;
}
/** Isolation trees; the value of a leaf is the path length it stands for. */
export interface IsolationForest {
  readonly plan: FeaturePlan;
  readonly trees: readonly Tree[];
  /** Rows that each tree saw. */
  readonly sampleRows: number;
}
export interface TrainedIsolation {
  readonly forest: IsolationForest;
  readonly importance: readonly ColumnImportance[];
  readonly notes: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

// Rows on which quantiles of the score and importances are measured.
const measuredRows = 10_000;

/** Isolation forest (Liu, Ting and Zhou 2008, 2012). Same data, options and seed give the same trees. */
export async function trainIsolationForest(
  data: UnlabelledData,
  options: IsolationOptions,
  report: LearnerReport,
  signal: AbortSignal,
): Promise<TrainedIsolation> {
  checkTable(data.table, ['prediction']);
  const { rows } = data.table;
  const pace = createPacer(signal);
  await pace();
  report.progress(0, 'Reading the columns');
  const plan = planFeatures(data.table);
  const columns = encodeFeatures(plan, data.table);
  const sampleRows = Math.min(options.sampleRows, rows);
  const maxDepth = options.maxDepth > 0 ? options.maxDepth : Math.max(1, Math.ceil(Math.log2(sampleRows)));
  const pool = Uint32Array.from({ length: rows }, (_, row) => row);
  const trees: Tree[] = [];
  for (let index = 0; index < options.trees; index++) {
    const random = seededRandom(data.seed ^ Math.imul(index + 1, 0x9e3779b1));
    trees.push(growIsolationTree(plan, columns, drawSample(pool, sampleRows, random), maxDepth, random));
    report.progress((0.9 * (index + 1)) / options.trees, `Tree ${index + 1} of ${options.trees}`);
    await pace();
  }
  const forest: IsolationForest = { plan, trees, sampleRows };
  const measured = drawSample(pool, Math.min(rows, measuredRows), seededRandom(data.seed));
  const { scores, effects } = await measure(forest, columns, measured, pace);
  scores.sort();
  const quantile = (share: number) => scores[Math.min(scores.length - 1, Math.floor(share * scores.length))] ?? 0;
  const metrics = { scoreP50: quantile(0.5), scoreP95: quantile(0.95), scoreP99: quantile(0.99) };
  report.progress(1, 'Done');
  return {
    forest,
    importance: importanceByColumn(plan, effects),
    notes: [
      `99 % of the training rows score below ${metrics.scoreP99.toFixed(3)}, half below ${metrics.scoreP50.toFixed(3)}.`,
      ...(sampleRows < options.sampleRows ? [`Each tree saw all ${sampleRows} rows: there are fewer than ${options.sampleRows}.`] : []),
    ],
    metrics,
  };
}

/** The first places of a Fisher-Yates shuffle. The pool stays shuffled, which later draws do not mind. */
function drawSample(pool: Uint32Array, size: number, random: () => number): Uint32Array {
  for (let i = 0; i < size; i++) {
    const other = i + Math.floor(random() * (pool.length - i));
    const held = pool[i] ?? 0;
    pool[i] = pool[other] ?? 0;
    pool[other] = held;
  }
  return pool.slice(0, size);
}

/**
 * Scores of the rows, and by feature how far it moves the expected path length: the mean over rows of |Σ over the splits on it
 * of (expected length behind the split − expected length before it)|.
 */
async function measure(
  forest: IsolationForest,
  columns: readonly Float32Array[],
  rows: Uint32Array,
  pace: () => Promise<void>,
): Promise<{ scores: Float64Array; effects: Float64Array }> {
  const width = columns.length;
  const lengths = new Float64Array(rows.length);
  const moved = new Float64Array(rows.length * width);
  for (const tree of forest.trees) {
    const expected = expectedLengths(tree);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] ?? 0;
      let node = 0;
      for (let feature = tree.feature[0] ?? -1; feature >= 0; feature = tree.feature[node] ?? -1) {
        const next = childOf(tree, node, columns[feature]?.[row] ?? Number.NaN);
        moved[i * width + feature] = (moved[i * width + feature] ?? 0) + (expected[next] ?? 0) - (expected[node] ?? 0);
        node = next;
      }
      lengths[i] = (lengths[i] ?? 0) + (tree.values[node] ?? 0);
    }
    await pace();
  }
  const effects = new Float64Array(width);
  moved.forEach((value, at) => (effects[at % width] = (effects[at % width] ?? 0) + Math.abs(value) / forest.trees.length / rows.length));
  return { scores: lengths.map((length) => anomalyScore(length / forest.trees.length, forest.sampleRows)), effects };
}

/** By node: the mean path length of the training rows that reached it. Children come after their parent. */
function expectedLengths(tree: Tree): Float64Array {
  const out = Float64Array.from(tree.values);
  for (let node = tree.feature.length - 1; node >= 0; node--) {
    if ((tree.feature[node] ?? -1) < 0) continue;
    const [left, right] = [tree.left[node] ?? 0, tree.right[node] ?? 0];
    const [few, many] = [tree.cover[left] ?? 0, tree.cover[right] ?? 0];
    out[node] = (few * (out[left] ?? 0) + many * (out[right] ?? 0)) / (few + many);
  }
  return out;
}

function childOf(tree: Tree, node: number, value: number): number {
  const set = tree.sets[node];
  const goesLeft =
    set !== undefined ? set.codes.includes(value) : value !== value ? tree.missingLeft[node] === 1 : value <= (tree.threshold[node] ?? 0);
  return (goesLeft ? tree.left[node] : tree.right[node]) ?? 0;
}

/** The anomaly score of each row in float64, in (0, 1). */
export function predictIsolation(forest: IsolationForest, table: Frame): Float64Array {
  const columns = encodeFeatures(forest.plan, table);
  const lengths = new Float64Array(table.rows);
  for (const tree of forest.trees)
    for (let row = 0; row < table.rows; row++) lengths[row] = (lengths[row] ?? 0) + (tree.values[leafOf(tree, columns, row)] ?? 0);
  return lengths.map((length) => anomalyScore(length / forest.trees.length, forest.sampleRows));
}
