import { availableParallelism } from 'node:os';
import { encodeFeatures, planFeatures, type FeaturePlan } from '../features/feature-plan.js';
import { seededRandom, shuffle } from '../random.js';
import { checkTrainingData, createPacer, type ColumnImportance, type LearnerReport, type TrainingData } from '../training.js';
import { binTable } from './binning.js';
import { BoostingThreads } from './boosting-threads.js';
import { TreeGrower, type GrownTree } from './tree-grower.js';
import type { Tree, TreeEnsemble } from './tree.js';

/** How to boost. Defaults are the caller's business; see the plugin. */
export interface BoostingOptions {
  readonly rounds: number;
  readonly learningRate: number;
  readonly maxLeaves: number;
  /** 0: no limit. */
  readonly maxDepth: number;
  readonly minLeafRows: number;
  readonly l1: number;
  readonly l2: number;
  readonly minGain: number;
  /** Share of rows that each tree sees, (0, 1]. */
  readonly rowShare: number;
  /** Share of features that each tree sees, (0, 1]. */
  readonly columnShare: number;
  /** `auto`: on when there are more than 10,000 rows. */
  readonly earlyStopping: 'auto' | 'on' | 'off';
  readonly validationShare: number;
  readonly patience: number;
  /** By input column: 1 rising, −1 falling. Not for texts and dates. */
  readonly monotone: Readonly<Record<string, 1 | -1>>;
  /** 1 or 2; 2 where the machine has them unless said. The trees are the same. */
  readonly threads?: number;
}
/** An ensemble and how it came about. */
export interface TrainedTrees {
  readonly ensemble: TreeEnsemble;
  readonly importance: readonly ColumnImportance[];
  readonly notes: readonly string[];
}

const rowsForEarlyStopping = 10_000;
// The training loss is a curve to look at; this many rows, evenly spread, are enough for it.
const rowsForTrainLoss = 4000;
const smallestImprovement = 1e-7;
const minimalLeafHessian = 1e-3;

/**
 * Histogram gradient boosting after LightGBM and scikit-learn's HistGradientBoosting: up to 255 bins, best-first trees,
 * native missing values and category sets, second-order leaf values, early stopping that cuts back to the best round.
 * Same data, options and seed give the same trees.
 */
export async function trainBoosting(
  data: TrainingData,
  options: BoostingOptions,
  report: LearnerReport,
  signal: AbortSignal,
): Promise<TrainedTrees> {
  checkTrainingData(data);
  const { table, target } = data;
  const plan = planFeatures(table);
  report.progress(0, 'Binning the columns');
  const binned = binTable(plan, encodeFeatures(plan, table), table.rows, data.seed);
  const rules = { ...options, minLeafHessian: minimalLeafHessian, monotone: monotoneByFeature(plan, options.monotone) };
  const outputs = data.task === 'multiclass' ? data.classCount : 1;
  const setup = { features: binned.features, rules, task: data.task, classCount: data.classCount };
  const threads = new BoostingThreads(
    binned,
    target,
    TreeGrower.slotsFor(options.maxLeaves),
    outputs,
    setup,
    options.threads ?? Math.min(2, availableParallelism()),
  );
  try {
    const random = seededRandom(data.seed);
    const { loss } = threads.work;
    const { scores, rowIndices } = threads.shared;
    const stops = options.earlyStopping === 'on' || (options.earlyStopping === 'auto' && table.rows > rowsForEarlyStopping);
    const { training, validation } = stops
      ? holdOut(data, options.validationShare, random)
      : { training: Uint32Array.from({ length: table.rows }, (_, row) => row), validation: new Uint32Array(0) };
    const grower = new TreeGrower(binned, threads, rules);
    const base = loss.base(target, training);
    for (let i = 0; i < scores.length; i++) scores[i] = base[i % loss.outputs] ?? 0;
    const trees: Tree[] = [];
    const step = Math.max(1, Math.ceil(training.length / rowsForTrainLoss));
    const lossRows = training.filter((_, index) => index % step === 0);
    const pace = createPacer(signal);
    const losses: number[] = stops ? [loss.mean(target, scores, validation)] : [];
    let rounds = 0;
    while (rounds < options.rounds) {
      const sampled = takeSample(training, options.rowShare, random);
      const features = sampleFeatures(plan.features.length, options.columnShare, random);
      let grew = false;
      for (let output = 0; output < loss.outputs; output++) {
        threads.computeGradients(sampled.rows, output);
        rowIndices.set(sampled.rows);
        const grown = grower.grow(sampled.rows.length, features);
        addToScores(scores, loss.outputs, output, grown, rowIndices);
        for (const others of [sampled.others, validation]) {
          for (const row of others) {
            const at = row * loss.outputs + output;
            scores[at] = (scores[at] ?? 0) + (grown.tree.values[grower.leafOf(grown, row)] ?? 0);
          }
        }
        trees.push(grown.tree);
        if (grown.leaves.length > 1) grew = true;
        await pace();
        threads.throwIfFailed();
      }
      rounds++;
      report.metric('train_loss', rounds, loss.mean(target, scores, lossRows));
      if (stops) {
        const latest = loss.mean(target, scores, validation);
        losses.push(latest);
        report.metric('validation_loss', rounds, latest);
      }
      report.progress(rounds / options.rounds, `Round ${rounds} of ${options.rounds}`);
      if (!grew && options.rowShare === 1 && options.columnShare === 1) break;
      if (stops && hasStalled(losses, options.patience)) break;
    }
    const kept = stops ? bestRound(losses) : rounds;
    const ensemble: TreeEnsemble = { task: data.task, plan, width: 1, trees: trees.slice(0, kept * loss.outputs), base, link: loss.link };
    return { ensemble, importance: importanceByColumn(plan, grower.gains), notes: notesOf(options, rounds, kept, stops) };
  } finally {
    await threads.close();
  }
}

function addToScores(scores: Float64Array, outputs: number, output: number, grown: GrownTree, rowIndices: Uint32Array): void {
  for (const { start, end, value } of grown.leaves) {
    for (let i = start; i < end; i++) {
      const at = (rowIndices[i] ?? 0) * outputs + output;
      scores[at] = (scores[at] ?? 0) + value;
    }
  }
}

/** Whether none of the last `patience` losses beats the one before them. */
function hasStalled(losses: readonly number[], patience: number): boolean {
  if (losses.length <= patience) return false;
  const before = losses[losses.length - 1 - patience] ?? 0;
  return losses.slice(-patience).every((value) => value > before - smallestImprovement);
}

// At least one round: a model of the mean alone would have no tree to export.
function bestRound(losses: readonly number[]): number {
  let best = 1;
  losses.forEach((value, round) => {
    if (round > 0 && value < (losses[best] ?? Number.POSITIVE_INFINITY)) best = round;
  });
  return best;
}

function holdOut(data: TrainingData, share: number, random: () => number): { training: Uint32Array; validation: Uint32Array } {
  const groups = new Map<number, number[]>();
  for (let row = 0; row < data.target.length; row++) {
    const key = data.task === 'regression' ? 0 : (data.target[row] ?? 0);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const held = new Uint8Array(data.target.length);
  for (const key of [...groups.keys()].sort((a, b) => a - b)) {
    const rows = groups.get(key) ?? [];
    shuffle(rows, random);
    // The last row of a class stays in training.
    for (const row of rows.slice(0, Math.min(Math.round(rows.length * share), rows.length - 1))) held[row] = 1;
  }
  const all = Uint32Array.from({ length: data.target.length }, (_, row) => row);
  if (!held.includes(1)) held[data.target.length - 1] = 1;
  return { training: all.filter((row) => held[row] === 0), validation: all.filter((row) => held[row] === 1) };
}

function takeSample(training: Uint32Array, share: number, random: () => number): { rows: Uint32Array; others: Uint32Array } {
  if (share >= 1) return { rows: training, others: new Uint32Array(0) };
  const size = Math.max(1, Math.round(training.length * share));
  const order = training.slice();
  shuffle(order, random);
  return { rows: order.slice(0, size).sort(), others: order.slice(size) };
}

function sampleFeatures(count: number, share: number, random: () => number): Int32Array {
  const order = Array.from({ length: count }, (_, index) => index);
  if (share < 1) shuffle(order, random);
  return Int32Array.from(order.slice(0, Math.max(1, Math.round(count * share)))).sort();
}

function monotoneByFeature(plan: FeaturePlan, monotone: BoostingOptions['monotone']): Int8Array {
  return Int8Array.from(plan.features, (feature) => (feature.kind === 'number' ? (monotone[feature.column] ?? 0) : 0));
}

/** Sums a number of each feature over the features of each input column. */
export function importanceByColumn(plan: FeaturePlan, byFeature: Float64Array): ColumnImportance[] {
  const sums = new Map(plan.columns.map(({ name }) => [name, 0]));
  plan.features.forEach((feature, index) => sums.set(feature.column, (sums.get(feature.column) ?? 0) + (byFeature[index] ?? 0)));
  return [...sums].map(([column, value]) => ({ column, value }));
}

function notesOf(options: BoostingOptions, rounds: number, kept: number, stops: boolean): string[] {
  if (rounds < options.rounds) return [`Stopped at round ${rounds} of ${options.rounds}; kept the first ${kept}.`];
  return stops && kept < rounds ? [`Kept the first ${kept} of ${rounds} rounds, the best on the validation rows.`] : [];
}
