import type { FeaturePlan } from '../features/feature-plan.js';
import { TreeWriter, type Tree } from '../trees/tree.js';
import { averagePathLength } from './path-length.js';

interface PendingNode {
  readonly id: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
}
interface IsolationSplit {
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
  /** The one level that goes left. */
  readonly level: number | undefined;
}

/**
 * Grows one isolation tree on the given rows: at each node a feature that varies there, drawn at random, and a random cut
 * between its lowest and highest value. Missing numbers take a side at random; a column that differs only by being missing
 * is split by that. Of a text column one level that occurs goes left, all others right, unseen ones included. A leaf's value
 * is the path length that it stands for: its depth, and c(rows) for the splits that were not made.
 */
export function growIsolationTree(
  plan: FeaturePlan,
  columns: readonly Float32Array[],
  rows: Uint32Array,
  maxDepth: number,
  random: () => number,
): Tree {
  const writer = new TreeWriter(1);
  const order = Int32Array.from(columns, (_, index) => index);
  const spare = new Uint32Array(rows.length);
  const pending: PendingNode[] = [{ id: writer.addLeaf(rows.length), depth: 0, start: 0, end: rows.length }];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const part = rows.subarray(node.start, node.end);
    const split = part.length > 1 && node.depth < maxDepth ? drawSplit(plan, columns, part, order, random) : undefined;
    if (split === undefined) {
      writer.setValue(node.id, 0, node.depth + averagePathLength(part.length));
      continue;
    }
    const middle = node.start + partition(part, columns[split.feature] ?? new Float32Array(0), split, spare);
    const [left, right] = [writer.addLeaf(middle - node.start), writer.addLeaf(node.end - middle)];
    const set = split.level === undefined ? undefined : { codes: [split.level], counts: [middle - node.start] };
    writer.split(node.id, split.feature, split.threshold, split.missingLeft, left, right, set);
    pending.push(
      { id: right, depth: node.depth + 1, start: middle, end: node.end },
      { id: left, depth: node.depth + 1, start: node.start, end: middle },
    );
  }
  return writer.finish();
}

// Features are drawn without repetition until one varies in the node.
function drawSplit(
  plan: FeaturePlan,
  columns: readonly Float32Array[],
  rows: Uint32Array,
  order: Int32Array,
  random: () => number,
): IsolationSplit | undefined {
  for (let drawn = 0; drawn < order.length; drawn++) {
    const other = drawn + Math.floor(random() * (order.length - drawn));
    const feature = order[other] ?? 0;
    order[other] = order[drawn] ?? 0;
    order[drawn] = feature;
    const values = columns[feature] ?? new Float32Array(0);
    const split =
      plan.features[feature]?.kind === 'category'
        ? splitLevels(feature, values, rows, random)
        : splitNumbers(feature, values, rows, random);
    if (split !== undefined) return split;
  }
  return undefined;
}

function splitNumbers(feature: number, values: Float32Array, rows: Uint32Array, random: () => number): IsolationSplit | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let missing = 0;
  for (const row of rows) {
    const value = values[row] ?? Number.NaN;
    if (value !== value) missing++;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low < high) {
    // The cut is kept in float32 as the graph has it, and below the highest value, so that both sides have rows.
    const cut = Math.fround(low + random() * (high - low));
    return { feature, threshold: cut < high ? cut : low, missingLeft: random() < 0.5, level: undefined };
  }
  return missing > 0 && missing < rows.length ? { feature, threshold: high, missingLeft: false, level: undefined } : undefined;
}

function splitLevels(feature: number, values: Float32Array, rows: Uint32Array, random: () => number): IsolationSplit | undefined {
  const seen = new Set<number>();
  let rare = 0;
  for (const row of rows) {
    const code = values[row] ?? Number.NaN;
    if (code !== code) rare++;
    else seen.add(code);
  }
  if (seen.size === 0 || (seen.size === 1 && rare === 0)) return undefined;
  const levels = [...seen].sort((a, b) => a - b);
  return { feature, threshold: 0, missingLeft: false, level: levels[Math.floor(random() * levels.length)] };
}

/** Moves the rows that go left to the front, keeping the order of both sides; returns their number. */
function partition(rows: Uint32Array, values: Float32Array, split: IsolationSplit, spare: Uint32Array): number {
  let left = 0;
  let right = 0;
  for (const row of rows) {
    const value = values[row] ?? Number.NaN;
    const goesLeft = split.level !== undefined ? value === split.level : value !== value ? split.missingLeft : value <= split.threshold;
    if (goesLeft) rows[left++] = row;
    else spare[right++] = row;
  }
  rows.set(spare.subarray(0, right), left);
  return left;
}
