import { DataType, encodeModel, GraphBuilder } from '@crisol/onnx';
import { addInputs } from '../features/feature-plan.js';
import { addFilledNumbers, addLevelRows } from '../linear/linear-graph.js';
import { nearestSquare, type KMeansModel } from './kmeans.js';

/**
 * The model as ONNX bytes: raw columns in; `label`, the name of the nearest centre's group, and `probabilities`, the
 * memberships, out. Distances are computed in double: (x − c)² by columns for numbers, one look-up for each text.
 */
export function exportKMeans(model: KMeansModel, labels: readonly string[]): Uint8Array {
  const graph = new GraphBuilder('kmeans');
  const inputs = addInputs(graph, model.plan);
  for (const name of ['label', 'probabilities']) graph.reserve(name);
  const parts = model.design.categories.map((term) => {
    const table = levelDistances(model, term.offset, term.size);
    return addLevelRows(graph, model.plan, term, table, model.centres.length, inputs);
  });
  if (model.design.numeric.length > 0) parts.push(addNumericDistances(graph, model, inputs));
  const distances = parts.reduce((sum, part) => graph.add('Add', [sum, part]));
  const nearest = graph.add('ArgMin', [distances], { axis: 1n, keepdims: 0n });
  graph.output(graph.add('Gather', [graph.constant(labels), nearest], { axis: 0n }), 'label', DataType.STRING, ['N']);
  const inverse = graph.add('Reciprocal', [graph.add('Max', [distances, graph.constant(Float64Array.of(nearestSquare))])]);
  const sums = graph.add('ReduceSum', [inverse, graph.constant(BigInt64Array.of(1n))], { keepdims: 1n });
  const memberships = graph.add('Cast', [graph.add('Div', [inverse, sums])], { to: BigInt(DataType.FLOAT) });
  graph.output(memberships, 'probabilities', DataType.FLOAT, ['N', labels.length]);
  return encodeModel(graph.model());
}

/** Σ((x − m)/s − c)² over the numbers, [N, K]. */
function addNumericDistances(graph: GraphBuilder, model: KMeansModel, inputs: ReadonlyMap<string, string>): string {
  const { numeric } = model.design;
  const filled = graph.add('Cast', [addFilledNumbers(graph, model.plan, model.design, inputs)], { to: BigInt(DataType.DOUBLE) });
  const centred = graph.add('Sub', [
    filled,
    graph.constant(
      Float64Array.from(numeric, ({ centre }) => centre),
      [1, numeric.length],
    ),
  ]);
  const scaled = graph.add('Div', [
    centred,
    graph.constant(
      Float64Array.from(numeric, ({ scale }) => scale),
      [1, numeric.length],
    ),
  ]);
  const rows = graph.add('Unsqueeze', [scaled, graph.constant(BigInt64Array.of(1n))]);
  const centres = Float64Array.from(model.centres.flatMap((centre) => [...centre.subarray(0, numeric.length)]));
  const apart = graph.add('Sub', [rows, graph.constant(centres, [1, model.centres.length, numeric.length])]);
  return graph.add('ReduceSumSquare', [apart], { axes: [2n], keepdims: 0n });
}

/** By level, then "missing", then unseen: what the text adds to the squared distance from each centre. */
function levelDistances(model: KMeansModel, offset: number, size: number): Float64Array {
  const width = model.centres.length;
  const table = new Float64Array((size + 1) * width);
  model.centres.forEach((centre, k) => {
    let squares = 0;
    for (let level = 0; level < size; level++) squares += (centre[offset + level] ?? 0) ** 2;
    for (let level = 0; level < size; level++) table[level * width + k] = Math.max(0, squares + 1 - 2 * (centre[offset + level] ?? 0));
    table[size * width + k] = squares;
  });
  return table;
}
