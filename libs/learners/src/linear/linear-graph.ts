import { DataType, encodeModel, GraphBuilder } from '@crisol/onnx';
import { addInputs, addNumericFeature, type FeaturePlan } from '../features/feature-plan.js';
import type { CategoryTerm, DesignPlan } from './design.js';
import { linearMetadataKey, type LinearModel } from './linear-model.js';

/**
 * The model as ONNX bytes: raw columns in; `prediction`, or `label` and `probabilities`, out. Standardising is folded into the
 * weights. Sums run in double: float32 would lose digits on columns with large values.
 */
export function exportLinear(model: LinearModel, labels: readonly string[]): Uint8Array {
  const graph = new GraphBuilder('linear');
  const inputs = addInputs(graph, model.plan);
  for (const name of ['prediction', 'label', 'probabilities']) graph.reserve(name);
  const { outputs, intercepts } = foldStandardising(model);
  const parts = model.design.categories.map((term) => addCategory(graph, model, term, inputs));
  if (model.design.numeric.length > 0) {
    const filled = addFilledNumbers(graph, model.plan, model.design, inputs);
    const double = graph.add('Cast', [filled], { to: BigInt(DataType.DOUBLE) });
    parts.push(graph.add('MatMul', [double, graph.constant(outputs, [model.design.numeric.length, model.weights.length])]));
  }
  const bias = graph.constant(intercepts, [1, intercepts.length]);
  const scores = parts.reduce((sum, part) => graph.add('Add', [sum, part]), bias);
  if (model.task === 'regression') {
    graph.output(graph.add('Cast', [scores], { to: BigInt(DataType.FLOAT) }), 'prediction', DataType.FLOAT, ['N', 1]);
  } else {
    const double = model.weights.length === 1 ? addPairs(graph, scores) : graph.add('Softmax', [scores], { axis: 1n });
    const probabilities = graph.add('Cast', [double], { to: BigInt(DataType.FLOAT) });
    const best = graph.add('ArgMax', [probabilities], { axis: 1n, keepdims: 0n });
    graph.output(graph.add('Gather', [graph.constant(labels), best], { axis: 0n }), 'label', DataType.STRING, ['N']);
    graph.output(probabilities, 'probabilities', DataType.FLOAT, ['N', labels.length]);
  }
  return encodeModel(graph.model({ metadata: { [linearMetadataKey]: keptModel(model) } }));
}

function keptModel(model: LinearModel): string {
  return JSON.stringify({
    ...model,
    weights: model.weights.map((one) => [...one]),
    categoryMeans: model.categoryMeans.map((one) => [...one]),
  });
}

// w·(x − c)/s = (w/s)·x − w·c/s, so the graph needs no scaler.
function foldStandardising(model: LinearModel): { outputs: Float64Array; intercepts: Float64Array } {
  const { numeric } = model.design;
  const outputs = new Float64Array(numeric.length * model.weights.length);
  const intercepts = Float64Array.from(model.intercepts);
  model.weights.forEach((weights, k) => {
    numeric.forEach(({ centre, scale }, column) => {
      const folded = (weights[column] ?? 0) / scale;
      outputs[column * model.weights.length + k] = folded;
      intercepts[k] = (intercepts[k] ?? 0) - folded * centre;
    });
  });
  return { outputs, intercepts };
}

/** The numeric terms as one float32 [N, D], their missing values filled. */
export function addFilledNumbers(graph: GraphBuilder, plan: FeaturePlan, design: DesignPlan, inputs: ReadonlyMap<string, string>): string {
  const values = design.numeric.flatMap(({ feature }) => {
    const planned = plan.features[feature];
    return planned === undefined || planned.kind === 'category' ? [] : [addNumericFeature(graph, planned, inputs)];
  });
  const joined = values.length === 1 ? (values[0] ?? '') : graph.add('Concat', values, { axis: 1n });
  const absent = graph.add('Or', [graph.add('IsNaN', [joined]), graph.add('IsInf', [joined])]);
  const fills = Float32Array.from(design.numeric, ({ fill }) => fill);
  return graph.add('Where', [absent, graph.constant(fills, [1, fills.length]), joined]);
}

// One-hot times weights is a look-up: a row of weights for each level, one for "missing", zeros for unseen texts.
function addCategory(graph: GraphBuilder, model: LinearModel, term: CategoryTerm, inputs: ReadonlyMap<string, string>): string {
  const outputs = model.weights.length;
  const table = new Float64Array((term.size + 1) * outputs);
  model.weights.forEach((weights, k) => {
    for (let level = 0; level < term.size; level++) table[level * outputs + k] = weights[term.offset + level] ?? 0;
  });
  return addLevelRows(graph, model.plan, term, table, outputs, inputs);
}

/** Looks a text up in a table of `outputs` doubles for each level, for "missing" and for unseen texts; [N, outputs]. */
export function addLevelRows(
  graph: GraphBuilder,
  plan: FeaturePlan,
  term: CategoryTerm,
  table: Float64Array,
  outputs: number,
  inputs: ReadonlyMap<string, string>,
): string {
  const planned = plan.features[term.feature];
  const levels = planned?.kind === 'category' ? planned.levels : [];
  const index = graph.add(
    'LabelEncoder',
    [inputs.get(planned?.column ?? '') ?? ''],
    {
      keys_strings: [...levels, ''],
      values_int64s: BigInt64Array.from({ length: term.size }, (_, level) => BigInt(level)),
      default_int64: BigInt(term.size),
    },
    'ai.onnx.ml',
  );
  const rows = graph.add('Gather', [graph.constant(table, [term.size + 1, outputs]), index], { axis: 0n });
  return graph.add('Squeeze', [rows, graph.constant(BigInt64Array.of(1n))]);
}

function addPairs(graph: GraphBuilder, scores: string): string {
  const p = graph.add('Sigmoid', [scores]);
  return graph.add('Concat', [graph.add('Sub', [graph.constant(Float64Array.of(1)), p]), p], { axis: 1n });
}
