import { missingBin, type BinnedTable } from './binning.js';
import type { BoostingThreads } from './boosting-threads.js';
import { leafValue, type NodeSums, type Split, type SplitRules } from './split-search.js';
import { TreeWriter, type Tree } from './tree.js';

export interface GrowthRules extends SplitRules {
  readonly maxLeaves: number;
  /** 0: no limit. */
  readonly maxDepth: number;
  readonly learningRate: number;
}
/** A grown tree with what the trainer needs to go on: which rows ended where, and how bins route. */
export interface GrownTree {
  readonly tree: Tree;
  readonly leaves: readonly { readonly node: number; readonly start: number; readonly end: number; readonly value: number }[];
  /** By node: 1 where a bin goes left; undefined in leaves. */
  readonly routes: readonly (Uint8Array | undefined)[];
}

interface OpenNode {
  readonly id: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
  readonly sums: NodeSums;
  slot: number;
  split?: Split;
}

/** Grows trees best gain first on the rows and gradients of its threads. One grower serves a whole training. */
export class TreeGrower {
  /** Summed gain by feature, over all trees. */
  readonly gains: Float64Array;
  private readonly freeSlots: number[] = [];

  constructor(
    private readonly table: BinnedTable,
    private readonly threads: BoostingThreads,
    private readonly rules: GrowthRules,
  ) {
    this.gains = new Float64Array(table.features.length);
  }

  /** Histograms that are alive at once for trees of so many leaves: every open node keeps a histogram. */
  static slotsFor(maxLeaves: number): number {
    return maxLeaves + 1;
  }

  /** @param count - rows of this tree: the first `count` of the shared `rowIndices`, which get reordered */
  grow(count: number, features: Int32Array): GrownTree {
    const { rules } = this;
    const writer = new TreeWriter(1);
    const routes: (Uint8Array | undefined)[] = [undefined];
    this.freeSlots.length = 0;
    for (let slot = TreeGrower.slotsFor(rules.maxLeaves) - 1; slot >= 0; slot--) this.freeSlots.push(slot);
    const root: OpenNode = { id: writer.addLeaf(count), depth: 0, start: 0, end: count, sums: this.rootSums(count), slot: this.takeSlot() };
    [root.split] = this.threads.buildAndSearch(root.slot, -1, 0, count, count === this.table.rows, features, [root]);
    const open: OpenNode[] = [root];
    let leaves = 1;
    while (leaves < rules.maxLeaves) {
      const node = takeBest(open);
      if (node?.split === undefined) break;
      leaves++;
      const { split } = node;
      const route = this.routeOf(split);
      routes[node.id] = route;
      this.gains[split.feature] = (this.gains[split.feature] ?? 0) + split.gain;
      const middle = this.threads.partition(node.start, node.end, split.feature, route);
      const [leftSums, rightSums] = this.childSums(node.sums, split);
      const depth = node.depth + 1;
      const left: OpenNode = { id: writer.addLeaf(leftSums.rows), depth, start: node.start, end: middle, sums: leftSums, slot: -1 };
      const right: OpenNode = { id: writer.addLeaf(rightSums.rows), depth, start: middle, end: node.end, sums: rightSums, slot: -1 };
      routes.push(undefined, undefined);
      const cut = split.set === undefined ? (this.table.features[split.feature]?.cuts[split.bin] ?? Number.POSITIVE_INFINITY) : 0;
      writer.split(node.id, split.feature, cut, split.missingLeft, left.id, right.id, split.set);
      if (leaves < rules.maxLeaves && (rules.maxDepth === 0 || depth < rules.maxDepth)) this.openChildren(node, left, right, features);
      open.push(left, right);
    }
    const finished = open.map(({ id, start, end, sums }) => {
      const value = rules.learningRate * leafValue(sums.gradient, sums.hessian, rules, sums.lowest, sums.highest);
      writer.setValue(id, 0, value);
      return { node: id, start, end, value };
    });
    return { tree: writer.finish(), leaves: finished, routes };
  }

  /** The leaf of a row that was not among the tree's rows, by its bins. */
  leafOf(grown: GrownTree, row: number): number {
    const { bins, rows } = this.table;
    const { tree, routes } = grown;
    let node = 0;
    for (let route = routes[0]; route !== undefined; route = routes[node]) {
      const bin = bins[(tree.feature[node] ?? 0) * rows + row] ?? missingBin;
      node = (route[bin] === 1 ? tree.left[node] : tree.right[node]) ?? 0;
    }
    return node;
  }

  // Only the smaller child is summed from rows; the larger one is the parent without it.
  private openChildren(parent: OpenNode, left: OpenNode, right: OpenNode, features: Int32Array): void {
    const splittable = (node: OpenNode) => node.end - node.start >= 2 * this.rules.minLeafRows;
    const searched = [left, right].filter(splittable);
    if (searched.length === 0) {
      this.freeSlots.push(parent.slot);
      return;
    }
    const [smaller, larger] = left.end - left.start <= right.end - right.start ? [left, right] : [right, left];
    smaller.slot = this.takeSlot();
    larger.slot = parent.slot;
    const splits = this.threads.buildAndSearch(smaller.slot, parent.slot, smaller.start, smaller.end, false, features, searched);
    searched.forEach((node, index) => (node.split = splits[index]));
    for (const child of [left, right]) if (child.split === undefined) this.freeSlots.push(child.slot);
  }

  private takeSlot(): number {
    const slot = this.freeSlots.pop();
    if (slot === undefined) throw new RangeError('more open nodes than histogram slots');
    return slot;
  }

  private rootSums(count: number): NodeSums {
    const { rowIndices, gradients } = this.threads.shared;
    let gradient = 0;
    let hessian = 0;
    if (count === this.table.rows) {
      // All rows: in their own order, which is that of the gradients.
      for (let at = 0; at < 2 * count; at += 2) {
        gradient += gradients[at] ?? 0;
        hessian += gradients[at + 1] ?? 0;
      }
    } else {
      for (let i = 0; i < count; i++) {
        const at = 2 * (rowIndices[i] ?? 0);
        gradient += gradients[at] ?? 0;
        hessian += gradients[at + 1] ?? 0;
      }
    }
    return { gradient, hessian, rows: count, lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY };
  }

  private childSums(parent: NodeSums, split: Split): [NodeSums, NodeSums] {
    const left = { ...split.left, lowest: parent.lowest, highest: parent.highest };
    const right = {
      gradient: parent.gradient - left.gradient,
      hessian: parent.hessian - left.hessian,
      rows: parent.rows - left.rows,
      lowest: parent.lowest,
      highest: parent.highest,
    };
    const monotone = this.rules.monotone[split.feature] ?? 0;
    if (monotone === 0) return [left, right];
    const value = (sums: NodeSums) => leafValue(sums.gradient, sums.hessian, this.rules, parent.lowest, parent.highest);
    const middle = (value(left) + value(right)) / 2;
    return monotone > 0
      ? [
          { ...left, highest: middle },
          { ...right, lowest: middle },
        ]
      : [
          { ...left, lowest: middle },
          { ...right, highest: middle },
        ];
  }

  private routeOf(split: Split): Uint8Array {
    const route = new Uint8Array(256);
    if (split.set === undefined) {
      route.fill(1, 0, split.bin + 1);
      route[missingBin] = split.missingLeft ? 1 : 0;
    } else for (const code of split.set.codes) route[code] = 1;
    return route;
  }
}

function takeBest(open: OpenNode[]): OpenNode | undefined {
  let best = -1;
  open.forEach((node, index) => {
    if (node.split !== undefined && (best < 0 || node.split.gain > (open[best]?.split?.gain ?? 0))) best = index;
  });
  return best < 0 ? undefined : open.splice(best, 1)[0];
}
