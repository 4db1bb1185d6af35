import { encodeFeatures, type FeaturePlan } from '../features/feature-plan.js';
import type { Frame } from '@crisol/frame';
import type { Task } from '../training.js';

/** A set of category codes that go left; every other code, unseen ones included, goes right. */
export interface CategorySet {
  readonly codes: readonly number[];
  /** Training rows of each code at the node, in the order of `codes`. */
  readonly counts: readonly number[];
}
/** A binary tree in arrays; node 0 is the root. */
export interface Tree {
  /** Feature that a node splits on, −1 in a leaf. */
  readonly feature: Int32Array;
  /** x ≤ threshold goes left; float32 values. */
  readonly threshold: Float32Array;
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Training rows that reached the node. */
  readonly cover: Float64Array;
  readonly sets: readonly (CategorySet | undefined)[];
  /** `width` numbers a node; only those of leaves count. */
  readonly values: Float64Array;
}
/** Trees whose leaves add up to a base, followed by a link. */
export interface TreeEnsemble {
  readonly task: Task;
  readonly plan: FeaturePlan;
  /** Numbers in a leaf: 1, or the number of classes in a forest. */
  readonly width: number;
  /** Round-robin over the outputs when `width` is 1: tree t adds to output t mod `base.length`. */
  readonly trees: readonly Tree[];
  readonly base: readonly number[];
  readonly link: 'none' | 'logistic' | 'softmax';
}

/** Collects nodes while a tree grows. */
export class TreeWriter {
  private readonly nodes: {
    feature: number;
    threshold: number;
    missingLeft: number;
    left: number;
    right: number;
    cover: number;
    set?: CategorySet;
  }[] = [];
  private readonly values: number[] = [];

  constructor(private readonly width: number) {}

  /** A new leaf; its values start at 0. */
  addLeaf(cover: number): number {
    this.nodes.push({ feature: -1, threshold: 0, missingLeft: 0, left: -1, right: -1, cover });
    for (let k = 0; k < this.width; k++) this.values.push(0);
    return this.nodes.length - 1;
  }

  setCover(node: number, cover: number): void {
    Object.assign(this.nodes[node] ?? {}, { cover });
  }

  setValue(node: number, output: number, value: number): void {
    this.values[node * this.width + output] = value;
  }

  split(node: number, feature: number, threshold: number, missingLeft: boolean, left: number, right: number, set?: CategorySet): void {
    Object.assign(this.nodes[node] ?? {}, { feature, threshold, missingLeft: missingLeft ? 1 : 0, left, right, set });
  }

  finish(): Tree {
    return {
      feature: Int32Array.from(this.nodes, (node) => node.feature),
      threshold: Float32Array.from(this.nodes, (node) => node.threshold),
      missingLeft: Uint8Array.from(this.nodes, (node) => node.missingLeft),
      left: Int32Array.from(this.nodes, (node) => node.left),
      right: Int32Array.from(this.nodes, (node) => node.right),
      cover: Float64Array.from(this.nodes, (node) => node.cover),
      sets: this.nodes.map((node) => node.set),
      values: Float64Array.from(this.values),
    };
  }
}

/** The leaf that a row of features falls into. */
export function leafOf(tree: Tree, columns: readonly Float32Array[], row: number): number {
  let node = 0;
  for (;;) {
    const feature = tree.feature[node] ?? -1;
    if (feature < 0) return node;
    const value = columns[feature]?.[row] ?? Number.NaN;
    const set = tree.sets[node];
    const goesLeft =
      set !== undefined ? set.codes.includes(value) : value !== value ? tree.missingLeft[node] === 1 : value <= (tree.threshold[node] ?? 0);
    node = (goesLeft ? tree.left[node] : tree.right[node]) ?? 0;
  }
}

/** The ensemble's answer in float64: one number a row, or the probabilities of each class. */
export function predictEnsemble(ensemble: TreeEnsemble, table: Frame): Float64Array {
  const columns = encodeFeatures(ensemble.plan, table);
  const outputs = ensemble.base.length;
  const scores = new Float64Array(table.rows * outputs);
  for (let row = 0; row < table.rows; row++) for (let k = 0; k < outputs; k++) scores[row * outputs + k] = ensemble.base[k] ?? 0;
  ensemble.trees.forEach((tree, index) => {
    for (let row = 0; row < table.rows; row++) {
      const leaf = leafOf(tree, columns, row);
      if (ensemble.width === 1) {
        const at = row * outputs + (index % outputs);
        scores[at] = (scores[at] ?? 0) + (tree.values[leaf] ?? 0);
      } else {
        for (let k = 0; k < outputs; k++)
          scores[row * outputs + k] = (scores[row * outputs + k] ?? 0) + (tree.values[leaf * outputs + k] ?? 0);
      }
    }
  });
  if (ensemble.link === 'none') return scores;
  return ensemble.link === 'logistic' ? logisticPairs(scores) : softmaxRows(scores, outputs);
}

/** [1 − p, p] for each log-odds. */
export function logisticPairs(scores: Float64Array): Float64Array {
  const out = new Float64Array(scores.length * 2);
  scores.forEach((score, row) => {
    const p = 1 / (1 + Math.exp(-score));
    out[2 * row] = 1 - p;
    out[2 * row + 1] = p;
  });
  return out;
}

/** Softmax of each row of `width` scores. */
export function softmaxRows(scores: Float64Array, width: number): Float64Array {
  const out = new Float64Array(scores.length);
  for (let start = 0; start < scores.length; start += width) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < width; k++) highest = Math.max(highest, scores[start + k] ?? 0);
    let sum = 0;
    for (let k = 0; k < width; k++) sum += out[start + k] = Math.exp((scores[start + k] ?? 0) - highest);
    for (let k = 0; k < width; k++) out[start + k] = (out[start + k] ?? 0) / sum;
  }
  return out;
}
