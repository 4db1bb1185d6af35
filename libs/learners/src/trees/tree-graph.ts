import { DataType, encodeModel, GraphBuilder, makeTensor, type AttributeValue } from '@crisol/onnx';
import { addFeatures, addInputs } from '../features/feature-plan.js';
import type { TreeEnsemble } from './tree.js';

// Leaves add up in float32 one after another: 1000 of them are off by about 1e-5, so longer sums go in double.
export const longestFloatSum = 500;

/** The ensemble as ONNX bytes: raw columns in; `prediction`, or `label` and `probabilities`, out. */
export function exportTrees(ensemble: TreeEnsemble, labels: readonly string[]): Uint8Array {
  const graph = new GraphBuilder('trees');
  const inputs = addInputs(graph, ensemble.plan);
  for (const name of ['prediction', 'label', 'probabilities']) graph.reserve(name);
  const features = addFeatures(graph, ensemble.plan, inputs);
  const treesOfOneSum = ensemble.width === 1 ? ensemble.trees.length / ensemble.base.length : ensemble.trees.length;
  const asDouble = treesOfOneSum > longestFloatSum;
  const x = asDouble ? graph.add('Cast', [features], { to: BigInt(DataType.DOUBLE) }) : features;
  if (ensemble.task === 'regression') {
    graph.addMany(
      'TreeEnsembleRegressor',
      [x],
      ['prediction'],
      { n_targets: 1n, post_transform: 'NONE', ...treeAttributes(ensemble, 'target', asDouble) },
      'ai.onnx.ml',
    );
    graph.output('prediction', 'prediction', DataType.FLOAT, ['N', 1]);
  } else {
    const postTransform = { none: 'NONE', logistic: 'LOGISTIC', softmax: 'SOFTMAX' }[ensemble.link];
    graph.addMany(
      'TreeEnsembleClassifier',
      [x],
      ['label', 'probabilities'],
      { classlabels_strings: labels, post_transform: postTransform, ...treeAttributes(ensemble, 'class', asDouble) },
      'ai.onnx.ml',
    );
    graph.output('label', 'label', DataType.STRING, ['N']);
    graph.output('probabilities', 'probabilities', DataType.FLOAT, ['N', labels.length]);
  }
  return encodeModel(graph.model());
}

interface FlatNodes {
  readonly trees: number[];
  readonly ids: number[];
  readonly features: number[];
  readonly modes: string[];
  readonly values: number[];
  readonly trueIds: number[];
  readonly falseIds: number[];
  readonly missingTrue: number[];
  readonly cover: number[];
  readonly leafTrees: number[];
  readonly leafNodes: number[];
  readonly leafOutputs: number[];
  readonly weights: number[];
}

/** Attributes of a TreeEnsembleRegressor or TreeEnsembleClassifier that describe the trees. */
export function treeAttributes(ensemble: TreeEnsemble, prefix: 'target' | 'class', asDouble: boolean): Record<string, AttributeValue> {
  const flat: FlatNodes = {
    trees: [],
    ids: [],
    features: [],
    modes: [],
    values: [],
    trueIds: [],
    falseIds: [],
    missingTrue: [],
    cover: [],
    leafTrees: [],
    leafNodes: [],
    leafOutputs: [],
    weights: [],
  };
  ensemble.trees.forEach((_, index) => flattenTree(ensemble, index, flat));
  const integers = toBigIntegers;
  const numbers = (name: string, values: readonly number[]): Record<string, AttributeValue> =>
    asDouble ? { [`${name}_as_tensor`]: makeTensor('', Float64Array.from(values)) } : { [name]: Float32Array.from(values) };
  return {
    nodes_treeids: integers(flat.trees),
    nodes_nodeids: integers(flat.ids),
    nodes_featureids: integers(flat.features),
    nodes_modes: flat.modes,
    ...numbers('nodes_values', flat.values),
    nodes_truenodeids: integers(flat.trueIds),
    nodes_falsenodeids: integers(flat.falseIds),
    nodes_missing_value_tracks_true: integers(flat.missingTrue),
    ...numbers('nodes_hitrates', flat.cover),
    [`${prefix}_treeids`]: integers(flat.leafTrees),
    [`${prefix}_nodeids`]: integers(flat.leafNodes),
    [`${prefix}_ids`]: integers(flat.leafOutputs),
    ...numbers(`${prefix}_weights`, flat.weights),
    ...(ensemble.base.some((value) => value !== 0) ? numbers('base_values', ensemble.base) : {}),
  };
}

/**
 * Nodes keep their numbers. A category set becomes a chain of BRANCH_EQ nodes that share one true child (onnxruntime
 * joins such a chain into one membership test); the further links get numbers after the tree's own.
 */
function flattenTree(ensemble: TreeEnsemble, treeIndex: number, flat: FlatNodes): void {
  const tree = ensemble.trees[treeIndex];
  if (tree === undefined) return;
  let extra = tree.feature.length;
  const push = (
    id: number,
    feature: number,
    mode: string,
    value: number,
    onTrue: number,
    onFalse: number,
    missingTrue: number,
    cover: number,
  ) => {
    flat.trees.push(treeIndex);
    flat.ids.push(id);
    flat.features.push(feature);
    flat.modes.push(mode);
    flat.values.push(value);
    flat.trueIds.push(onTrue);
    flat.falseIds.push(onFalse);
    flat.missingTrue.push(missingTrue);
    flat.cover.push(cover);
  };
  tree.feature.forEach((feature, node) => {
    const left = tree.left[node] ?? 0;
    const right = tree.right[node] ?? 0;
    const cover = tree.cover[node] ?? 0;
    const set = tree.sets[node];
    if (feature < 0) {
      push(node, 0, 'LEAF', 0, 0, 0, 0, cover);
      pushLeaf(ensemble, treeIndex, node, flat);
    } else if (set === undefined) {
      push(node, feature, 'BRANCH_LEQ', tree.threshold[node] ?? 0, left, right, tree.missingLeft[node] ?? 0, cover);
    } else {
      let id = node;
      let rest = cover;
      set.codes.forEach((code, position) => {
        const next = position === set.codes.length - 1 ? right : extra++;
        push(id, feature, 'BRANCH_EQ', code, left, next, 0, rest);
        rest -= set.counts[position] ?? 0;
        id = next;
      });
    }
  });
}

function pushLeaf(ensemble: TreeEnsemble, treeIndex: number, node: number, flat: FlatNodes): void {
  const tree = ensemble.trees[treeIndex];
  const push = (output: number, weight: number) => {
    flat.leafTrees.push(treeIndex);
    flat.leafNodes.push(node);
    flat.leafOutputs.push(output);
    flat.weights.push(weight);
  };
  const values = tree?.values.subarray(node * ensemble.width, (node + 1) * ensemble.width) ?? new Float64Array(0);
  // With two classes and one weight a leaf, class id 0 gives [1 − p, p]; id 1 would give [0.5, p]. With a weight for each of
  // two classes onnxruntime labels a row positive as soon as p > 0, so a forest of two classes writes one weight, too.
  if (ensemble.task === 'binary') push(0, values[ensemble.width - 1] ?? 0);
  else if (ensemble.width === 1) push(treeIndex % ensemble.base.length, values[0] ?? 0);
  else values.forEach((value, output) => push(output, value));
}

// By 32-bit halves: a forest has millions of these, and making each a bigint first takes seconds. None is negative.
function toBigIntegers(values: readonly number[]): BigInt64Array {
  const out = new BigInt64Array(values.length);
  const halves = new Int32Array(out.buffer);
  values.forEach((value, index) => (halves[2 * index] = value));
  return out;
}
