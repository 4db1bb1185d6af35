import { missingBin, type BinnedTable, type FeatureBins } from './binning.js';
import { TreeWriter, type CategorySet, type Tree } from './tree.js';

export interface ForestRules {
  /** 0: no limit. */
  readonly maxDepth: number;
  readonly minLeafRows: number;
  readonly featuresPerNode: number;
}
/** A tree of a forest with the bin that each numeric split cuts at. */
export interface ForestTree {
  readonly tree: Tree;
  readonly bins: Uint8Array;
}
interface ForestSplit {
  gain: number;
  feature: number;
  bin: number;
  missingLeft: boolean;
  set: CategorySet | undefined;
}
interface PendingNode {
  readonly id: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Grows forest trees depth first. One criterion serves both tasks: a split is worth Σₖ Sₖ²/n of its children less the
 * parent's, with Sₖ the class counts (Gini) or the one sum of the target (variance).
 */
export class ForestTreeGrower {
  /** Summed gain by feature. */
  readonly gains: Float64Array;
  private readonly width: number;
  /** A bin's sums and, last, its rows. */
  private readonly stride: number;
  private readonly histogram: Float64Array;
  private readonly left: Float64Array;
  private readonly total: Float64Array;
  private readonly rowIndices: Uint32Array;
  private readonly spare: Uint32Array;
  private readonly order: Int32Array;
  private weights = new Uint16Array(0);
  private best: ForestSplit = { gain: 0, feature: -1, bin: 0, missingLeft: false, set: undefined };

  /** @param classCount - 0 for regression */
  constructor(
    private readonly table: BinnedTable,
    private readonly target: Float64Array,
    private readonly classCount: number,
    private readonly rules: ForestRules,
  ) {
    this.width = Math.max(1, classCount);
    this.stride = this.width + 1;
    this.gains = new Float64Array(table.features.length);
    this.histogram = new Float64Array(256 * this.stride);
    this.left = new Float64Array(this.stride);
    this.total = new Float64Array(this.stride);
    this.rowIndices = new Uint32Array(table.rows);
    this.spare = new Uint32Array(table.rows);
    this.order = Int32Array.from({ length: table.features.length }, (_, index) => index);
  }

  /** @param weights - how often each row counts; 0 leaves it out */
  grow(weights: Uint16Array<ArrayBuffer>, random: () => number): ForestTree {
    this.weights = weights;
    // The order of features is the only thing that a tree could inherit from the one before.
    this.order.sort();
    let count = 0;
    for (let row = 0; row < weights.length; row++) if (weights[row] !== 0) this.rowIndices[count++] = row;
    const writer = new TreeWriter(this.width);
    const bins: number[] = [];
    const pending: PendingNode[] = [{ id: writer.addLeaf(0), depth: 0, start: 0, end: count }];
    bins.push(0);
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      this.sumNode(node);
      const rows = this.total[this.width] ?? 0;
      writer.setCover(node.id, rows);
      const split = this.isFinal(node, rows) ? undefined : this.findSplit(node, random);
      if (split === undefined) {
        for (let k = 0; k < this.width; k++) writer.setValue(node.id, k, (this.total[k] ?? 0) / rows);
        continue;
      }
      this.gains[split.feature] = (this.gains[split.feature] ?? 0) + split.gain;
      const middle = this.partition(node, split);
      const [left, right] = [writer.addLeaf(0), writer.addLeaf(0)];
      bins.push(0, 0);
      bins[node.id] = split.bin;
      const cut = split.set === undefined ? (this.table.features[split.feature]?.cuts[split.bin] ?? Number.POSITIVE_INFINITY) : 0;
      writer.split(node.id, split.feature, cut, split.missingLeft, left, right, split.set);
      pending.push(
        { id: right, depth: node.depth + 1, start: middle, end: node.end },
        { id: left, depth: node.depth + 1, start: node.start, end: middle },
      );
    }
    return { tree: writer.finish(), bins: Uint8Array.from(bins) };
  }

  private sumNode({ start, end }: PendingNode): void {
    const { total, width, rowIndices, weights, target } = this;
    total.fill(0);
    for (let i = start; i < end; i++) {
      const row = rowIndices[i] ?? 0;
      const weight = weights[row] ?? 0;
      const slot = this.classCount > 0 ? (target[row] ?? 0) : 0;
      total[slot] = (total[slot] ?? 0) + weight * (this.classCount > 0 ? 1 : (target[row] ?? 0));
      total[width] = (total[width] ?? 0) + weight;
    }
  }

  private isFinal({ start, end, depth }: PendingNode, rows: number): boolean {
    if (rows < 2 * this.rules.minLeafRows || end - start < 2) return true;
    if (this.rules.maxDepth > 0 && depth >= this.rules.maxDepth) return true;
    if (this.classCount > 0) return this.total.subarray(0, this.width).includes(rows);
    const first = this.target[this.rowIndices[start] ?? 0];
    for (let i = start + 1; i < end; i++) if (this.target[this.rowIndices[i] ?? 0] !== first) return false;
    return true;
  }

  // Features are drawn without repetition; those that are constant in the node do not count.
  private findSplit(node: PendingNode, random: () => number): ForestSplit | undefined {
    const { order } = this;
    this.best = { gain: 1e-12 * this.score(this.total), feature: -1, bin: 0, missingLeft: false, set: undefined };
    let useful = 0;
    for (let drawn = 0; drawn < order.length && useful < this.rules.featuresPerNode; drawn++) {
      const other = drawn + Math.floor(random() * (order.length - drawn));
      const feature = order[other] ?? 0;
      order[other] = order[drawn] ?? 0;
      order[drawn] = feature;
      if (this.searchFeature(node, feature)) useful++;
    }
    return this.best.feature < 0 ? undefined : this.best;
  }

  /** Returns whether the feature varies in the node. */
  private searchFeature({ start, end }: PendingNode, feature: number): boolean {
    const { histogram, rowIndices, weights, target, stride, classCount, table } = this;
    const bins = table.features[feature];
    if (bins === undefined) return false;
    const offset = feature * table.rows;
    let lowest = 255;
    let highest = -1;
    let missing = 0;
    for (let i = start; i < end; i++) {
      const row = rowIndices[i] ?? 0;
      const bin = table.bins[offset + row] ?? 0;
      const weight = weights[row] ?? 0;
      if (bin === missingBin) missing += weight;
      else {
        if (bin < lowest) lowest = bin;
        if (bin > highest) highest = bin;
      }
      const cell = bin * stride;
      const slot = classCount > 0 ? cell + (target[row] ?? 0) : cell;
      histogram[slot] = (histogram[slot] ?? 0) + (classCount > 0 ? weight : weight * (target[row] ?? 0));
      histogram[cell + stride - 1] = (histogram[cell + stride - 1] ?? 0) + weight;
    }
    const varies = highest > lowest || (highest >= 0 && missing > 0);
    if (varies) {
      if (bins.categorical) this.scanCategories(feature, lowest, highest);
      else this.scanNumbers(feature, bins, lowest, highest, missing);
    }
    if (highest >= 0) histogram.fill(0, lowest * stride, (highest + 1) * stride);
    histogram.fill(0, missingBin * stride);
    return varies;
  }

  private scanNumbers(feature: number, bins: FeatureBins, lowest: number, highest: number, missing: number): void {
    const { left } = this;
    const rows = this.total[this.width] ?? 0;
    left.fill(0);
    for (let bin = lowest; bin < highest || (missing > 0 && bin === highest); bin++) {
      if (!this.addCell(bin)) continue;
      const here = left[this.width] ?? 0;
      const cut = bin === highest ? bins.count : bin;
      this.consider(feature, cut, missing > 0 ? false : here > rows - here, undefined);
    }
    if (missing === 0) return;
    left.fill(0);
    this.addCell(missingBin);
    for (let bin = lowest; bin < highest; bin++) if (this.addCell(bin)) this.consider(feature, bin, true, undefined);
  }

  // Levels in the order of their mean target (several classes: share of the node's commonest class); then prefixes.
  private scanCategories(feature: number, lowest: number, highest: number): void {
    const { histogram, stride, width, left } = this;
    const share = width === 1 ? 0 : width === 2 ? 1 : this.total.subarray(0, width).indexOf(Math.max(...this.total.subarray(0, width)));
    const levels: number[] = [];
    for (let bin = lowest; bin <= highest; bin++) if ((histogram[bin * stride + width] ?? 0) > 0) levels.push(bin);
    const rank = (bin: number) => (histogram[bin * stride + share] ?? 0) / (histogram[bin * stride + width] ?? 0);
    levels.sort((a, b) => rank(a) - rank(b) || a - b);
    left.fill(0);
    const rare = (histogram[missingBin * stride + width] ?? 0) > 0;
    const last = rare ? levels.length : levels.length - 1;
    for (let length = 1; length <= last; length++) {
      this.addCell(levels[length - 1] ?? 0);
      const before = this.best.gain;
      this.consider(feature, -1, false, undefined);
      if (this.best.gain === before || this.best.feature !== feature) continue;
      const codes = levels.slice(0, length).sort((a, b) => a - b);
      this.best.set = { codes, counts: codes.map((code) => histogram[code * stride + width] ?? 0) };
      this.best.bin = 0;
    }
  }

  /** Adds a bin to the left side; returns whether it held rows. */
  private addCell(bin: number): boolean {
    const { histogram, stride, left, width } = this;
    const cell = bin * stride;
    if (histogram[cell + width] === 0) return false;
    for (let k = 0; k < stride; k++) left[k] = (left[k] ?? 0) + (histogram[cell + k] ?? 0);
    return true;
  }

  private consider(feature: number, bin: number, missingLeft: boolean, set: CategorySet | undefined): void {
    const { left, total, width } = this;
    const nl = left[width] ?? 0;
    const nr = (total[width] ?? 0) - nl;
    if (nl < this.rules.minLeafRows || nr < this.rules.minLeafRows || nr === 0) return;
    let leftSquares = 0;
    let rightSquares = 0;
    for (let k = 0; k < width; k++) {
      const l = left[k] ?? 0;
      const r = (total[k] ?? 0) - l;
      leftSquares += l * l;
      rightSquares += r * r;
    }
    const gain = leftSquares / nl + rightSquares / nr - this.score(total);
    if (gain > this.best.gain) this.best = { gain, feature, bin, missingLeft, set };
  }

  private score(sums: Float64Array): number {
    let squares = 0;
    for (let k = 0; k < this.width; k++) squares += (sums[k] ?? 0) ** 2;
    return squares / (sums[this.width] ?? 0);
  }

  private partition({ start, end }: PendingNode, split: ForestSplit): number {
    const { rowIndices, spare, table } = this;
    const route = new Uint8Array(256);
    if (split.set === undefined) {
      route.fill(1, 0, Math.min(255, split.bin + 1));
      route[missingBin] = split.missingLeft ? 1 : 0;
    } else for (const code of split.set.codes) route[code] = 1;
    const offset = split.feature * table.rows;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = rowIndices[i] ?? 0;
      if (route[table.bins[offset + row] ?? 0] === 1) rowIndices[left++] = row;
      else spare[right++] = row;
    }
    rowIndices.set(spare.subarray(0, right), left);
    return left;
  }
}
