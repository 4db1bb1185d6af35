import { encodeFeatures, planFeatures } from '../features/feature-plan.js';
import { seededRandom } from '../random.js';
import { checkTrainingData, createPacer, type LearnerReport, type TrainingData } from '../training.js';
import { binTable, missingBin, type BinnedTable } from './binning.js';
import { ForestTreeGrower, type ForestTree } from './forest-tree-grower.js';
import { importanceByColumn, type TrainedTrees } from './gradient-boosting.js';
import type { Tree } from './tree.js';

/** How to grow a forest. */
export interface ForestOptions {
  readonly trees: number;
  /** 0: no limit. */
  readonly maxDepth: number;
  readonly minLeafRows: number;
  /** Features looked at in a node: √d, all, or a share of them. `auto`: √d for classes, all for numbers. */
  readonly features: 'auto' | 'sqrt' | 'all' | number;
  /** Draws each tree's rows with replacement; off: every tree sees all rows. */
  readonly bootstrap: boolean;
}

/**
 * Random forest (Breiman 2001) on binned columns: each tree on a bootstrap sample, each node on a sample of features; leaves
 * average class shares, or the target. Same data, options and seed give the same trees.
 */
export async function trainForest(
  data: TrainingData,
  options: ForestOptions,
  report: LearnerReport,
  signal: AbortSignal,
): Promise<TrainedTrees> {
  checkTrainingData(data);
  const { table, target, task } = data;
  const plan = planFeatures(table);
  report.progress(0, 'Binning the columns');
  const binned = binTable(plan, encodeFeatures(plan, table), table.rows, data.seed);
  const width = task === 'regression' ? 1 : data.classCount;
  const grower = new ForestTreeGrower(binned, target, task === 'regression' ? 0 : data.classCount, {
    maxDepth: options.maxDepth,
    minLeafRows: options.minLeafRows,
    featuresPerNode: featuresPerNode(options.features, plan.features.length, task === 'regression'),
  });
  const outOfBag = new OutOfBag(table.rows, width);
  const pace = createPacer(signal);
  const trees: Tree[] = [];
  for (let index = 0; index < options.trees; index++) {
    const random = seededRandom(data.seed ^ Math.imul(index + 1, 0x9e3779b1));
    const weights = drawRows(table.rows, options.bootstrap, random);
    const grown = grower.grow(weights, random);
    trees.push(scaled(grown.tree, options.trees));
    if (options.bootstrap) outOfBag.add(binned, grown, weights);
    report.progress((index + 1) / options.trees, `Tree ${index + 1} of ${options.trees}`);
    if (options.bootstrap && ((index + 1) % 10 === 0 || index + 1 === options.trees)) {
      const error = outOfBag.error(target, task === 'regression');
      if (error !== undefined) report.metric('out_of_bag_error', index + 1, error);
    }
    await pace();
  }
  const error = options.bootstrap ? outOfBag.error(target, task === 'regression') : undefined;
  const measure = task === 'regression' ? 'root mean squared error' : 'share of wrong classes';
  return {
    ensemble: { task, plan, width, trees, base: Array.from({ length: width }, () => 0), link: 'none' },
    importance: importanceByColumn(plan, grower.gains),
    notes: error === undefined ? [] : [`Out-of-bag ${measure}: ${error.toPrecision(4)}.`],
  };
}

function featuresPerNode(rule: ForestOptions['features'], count: number, isRegression: boolean): number {
  if (rule === 'all' || (rule === 'auto' && isRegression)) return count;
  return Math.max(1, Math.floor(typeof rule === 'number' ? rule * count : Math.sqrt(count)));
}

/** How often each row is drawn. */
function drawRows(rows: number, bootstrap: boolean, random: () => number): Uint16Array<ArrayBuffer> {
  const weights = new Uint16Array(rows);
  if (!bootstrap) return weights.fill(1);
  for (let i = 0; i < rows; i++) {
    const row = Math.floor(random() * rows);
    weights[row] = (weights[row] ?? 0) + 1;
  }
  return weights;
}

/** The tree with its leaves divided by the number of trees, so that the ensemble is a plain sum. */
function scaled(tree: Tree, trees: number): Tree {
  return { ...tree, values: tree.values.map((value) => value / trees) };
}

/** Sums each row's answers over the trees that did not see it. */
class OutOfBag {
  private readonly sums: Float64Array;
  private readonly counts: Uint32Array;

  constructor(
    private readonly rows: number,
    private readonly width: number,
  ) {
    this.sums = new Float64Array(rows * width);
    this.counts = new Uint32Array(rows);
  }

  add(table: BinnedTable, grown: ForestTree, weights: Uint16Array): void {
    const { tree, bins } = grown;
    for (let row = 0; row < this.rows; row++) {
      if (weights[row] !== 0) continue;
      let node = 0;
      for (let feature = tree.feature[0] ?? 0; feature >= 0; feature = tree.feature[node] ?? 0) {
        const bin = table.bins[feature * this.rows + row] ?? 0;
        const set = tree.sets[node];
        const goesLeft =
          set !== undefined ? set.codes.includes(bin) : bin === missingBin ? tree.missingLeft[node] === 1 : bin <= (bins[node] ?? 0);
        node = (goesLeft ? tree.left[node] : tree.right[node]) ?? 0;
      }
      this.counts[row] = (this.counts[row] ?? 0) + 1;
      for (let k = 0; k < this.width; k++) {
        this.sums[row * this.width + k] = (this.sums[row * this.width + k] ?? 0) + (tree.values[node * this.width + k] ?? 0);
      }
    }
  }

  /** Root mean squared error, or the share of wrong classes, over rows that some tree left out; none: undefined. */
  error(target: Float64Array, isRegression: boolean): number | undefined {
    let total = 0;
    let n = 0;
    for (let row = 0; row < this.rows; row++) {
      const count = this.counts[row] ?? 0;
      if (count === 0) continue;
      n++;
      if (isRegression) total += ((this.sums[row] ?? 0) / count - (target[row] ?? 0)) ** 2;
      else {
        const shares = this.sums.subarray(row * this.width, (row + 1) * this.width);
        if (shares.indexOf(Math.max(...shares)) !== target[row]) total++;
      }
    }
    if (n === 0) return undefined;
    return isRegression ? Math.sqrt(total / n) : total / n;
  }
}
