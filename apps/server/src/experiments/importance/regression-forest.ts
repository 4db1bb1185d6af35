import { mulberry32, shuffledIndices } from '@crisol/statistics';

/** Values of one input in at most 256 bins, in an order that splits follow. */
export type BinnedInput = Uint8Array;

interface Node {
  /** Input and bin of the split: up to the bin goes left. −1 for a leaf. */
  readonly input: number;
  readonly bin: number;
  readonly left: number;
  readonly right: number;
  readonly value: number;
}
type Tree = readonly Node[];

const trees = 64;
const smallestLeaf = 3;
const deepest = 12;

/**
 * How much a small regression forest leans on each input: the mean growth of its squared error on the rows that a tree has
 * not seen, when the values of that input are shuffled among them. Never below 0; the same each time.
 */
export function permutationImportance(inputs: readonly BinnedInput[], target: Float64Array): Float64Array {
  const n = target.length;
  const random = mulberry32(1);
  const growth = new Float64Array(inputs.length);
  for (let t = 0; t < trees; t++) {
    const drawn = Int32Array.from({ length: n }, () => Math.floor(random() * n));
    const seen = new Uint8Array(n);
    for (const row of drawn) seen[row] = 1;
    const unseen = Int32Array.from(target.keys()).filter((row) => seen[row] === 0);
    if (unseen.length < 2) continue;
    const tree = grow(inputs, target, drawn, random);
    const used = new Set(tree.map(({ input }) => input));
    const own = errorOf(tree, inputs, target, unseen, -1, unseen);
    for (let input = 0; input < inputs.length; input++) {
      if (!used.has(input)) continue;
      const order = shuffledIndices(unseen.length, random);
      const shuffled = Int32Array.from(order, (at) => unseen[at] ?? 0);
      growth[input] = (growth[input] ?? 0) + (errorOf(tree, inputs, target, unseen, input, shuffled) - own) / trees;
    }
  }
  return growth.map((value) => Math.max(0, value));
}

/** Mean squared error on rows, with the values of one input taken from other rows. */
function errorOf(
  tree: Tree,
  inputs: readonly BinnedInput[],
  target: Float64Array,
  rows: Int32Array,
  moved: number,
  from: Int32Array,
): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    let node = tree[0];
    while (node && node.input >= 0) {
      const source = node.input === moved ? (from[i] ?? 0) : row;
      node = tree[(inputs[node.input]?.[source] ?? 0) <= node.bin ? node.left : node.right];
    }
    sum += ((target[row] ?? 0) - (node?.value ?? 0)) ** 2;
  }
  return sum / rows.length;
}

function grow(inputs: readonly BinnedInput[], target: Float64Array, rows: Int32Array, random: () => number): Tree {
  const nodes: Node[] = [];
  // Half of the inputs a node, so that of two that say the same neither hides the other.
  const tried = inputs.length <= 3 ? inputs.length : Math.ceil(inputs.length / 2);
  const build = (members: Int32Array, depth: number): number => {
    const place = nodes.length;
    const sum = members.reduce((total, row) => total + (target[row] ?? 0), 0);
    nodes.push({ input: -1, bin: 0, left: 0, right: 0, value: sum / members.length });
    if (depth >= deepest || members.length < 2 * smallestLeaf) return place;
    const split = bestSplit(inputs, target, members, shuffledIndices(inputs.length, random).subarray(0, tried), sum);
    if (!split) return place;
    const bins = inputs[split.input];
    const isLeft = (row: number): boolean => (bins?.[row] ?? 0) <= split.bin;
    const left = build(
      members.filter((row) => isLeft(row)),
      depth + 1,
    );
    const right = build(
      members.filter((row) => !isLeft(row)),
      depth + 1,
    );
    nodes[place] = { ...split, left, right, value: sum / members.length };
    return place;
  };
  build(rows, 0);
  return nodes;
}

const counts = new Float64Array(256);
const sums = new Float64Array(256);

/** The split that leaves the least squared error; null when none makes it less. */
function bestSplit(
  inputs: readonly BinnedInput[],
  target: Float64Array,
  members: Int32Array,
  tried: Int32Array,
  sum: number,
): { input: number; bin: number } | null {
  const total = members.length;
  let best: { input: number; bin: number } | null = null;
  let bestGain = (sum * sum) / total + 1e-12 * Math.abs(sum);
  for (const input of tried) {
    const bins = inputs[input];
    if (!bins) continue;
    counts.fill(0);
    sums.fill(0);
    for (const row of members) {
      const bin = bins[row] ?? 0;
      counts[bin] = (counts[bin] ?? 0) + 1;
      sums[bin] = (sums[bin] ?? 0) + (target[row] ?? 0);
    }
    let leftCount = 0;
    let leftSum = 0;
    for (let bin = 0; bin < 255; bin++) {
      leftCount += counts[bin] ?? 0;
      leftSum += sums[bin] ?? 0;
      if ((counts[bin] ?? 0) === 0 || leftCount < smallestLeaf) continue;
      if (total - leftCount < smallestLeaf) break;
      const gain = leftSum ** 2 / leftCount + (sum - leftSum) ** 2 / (total - leftCount);
      if (gain > bestGain) {
        bestGain = gain;
        best = { input, bin };
      }
    }
  }
  return best;
}
