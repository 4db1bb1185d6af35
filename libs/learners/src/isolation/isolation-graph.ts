import { DataType, encodeModel, GraphBuilder } from '@crisol/onnx';
import { addFeatures, addInputs } from '../features/feature-plan.js';
import { longestFloatSum, treeAttributes } from '../trees/tree-graph.js';
import type { IsolationForest } from './isolation-forest.js';
import { averagePathLength } from './path-length.js';

/** The forest as ONNX bytes: raw columns in; `prediction`, the score 2^(−E[h] / c(ψ)), out. */
export function exportIsolation(forest: IsolationForest): Uint8Array {
  const graph = new GraphBuilder('isolation-forest');
  const inputs = addInputs(graph, forest.plan);
  graph.reserve('prediction');
  const features = addFeatures(graph, forest.plan, inputs);
  const asDouble = forest.trees.length > longestFloatSum;
  const x = asDouble ? graph.add('Cast', [features], { to: BigInt(DataType.DOUBLE) }) : features;
  // The trees add up shares of −E[h] / c(ψ), so that what follows is the power alone.
  const share = -1 / (forest.trees.length * averagePathLength(forest.sampleRows));
  const trees = forest.trees.map((tree) => ({ ...tree, values: tree.values.map((length) => length * share) }));
  const ensemble = { task: 'regression', plan: forest.plan, width: 1, trees, base: [0], link: 'none' } as const;
  const exponent = graph.add(
    'TreeEnsembleRegressor',
    [x],
    { n_targets: 1n, post_transform: 'NONE', ...treeAttributes(ensemble, 'target', asDouble) },
    'ai.onnx.ml',
  );
  graph.output(graph.add('Pow', [graph.constant(Float32Array.of(2)), exponent]), 'prediction', DataType.FLOAT, ['N', 1]);
  return encodeModel(graph.model());
}
