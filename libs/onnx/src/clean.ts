import type { Graph, Model, Node, ValueInfo } from './model.js';

/**
 * Makes a model fit to serve: ZipMap nodes go and their input becomes the output (maps become tensors), texts for people
 * go, inputs that only repeat an initializer go. The same graph otherwise.
 */
export function cleanModel(model: Model): Model {
  return { ...model, metadata: [], graph: cleanGraph(model.graph) };
}

function cleanGraph(graph: Graph): Graph {
  const maps = graph.nodes.filter((node) => node.opType === 'ZipMap' && node.domain === 'ai.onnx.ml');
  const renamed = new Map(maps.flatMap((node) => (node.inputs[0] && node.outputs[0] ? [[node.outputs[0], node.inputs[0]] as const] : [])));
  const held = new Set(graph.initializers.map((tensor) => tensor.name));
  const types = new Map(graph.valueInfo.map((value) => [value.name, value]));
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !maps.includes(node)).map((node) => renameInputs(node, renamed)),
    inputs: graph.inputs.filter((input) => !held.has(input.name)),
    outputs: graph.outputs.map((output) => cleanOutput(output, renamed, types)),
  };
}

function renameInputs(node: Node, renamed: ReadonlyMap<string, string>): Node {
  return node.inputs.some((input) => renamed.has(input))
    ? { ...node, inputs: node.inputs.map((input) => renamed.get(input) ?? input) }
    : node;
}

/** What ZipMap takes is a float tensor of probabilities, so that is what the output becomes. */
function cleanOutput(output: ValueInfo, renamed: ReadonlyMap<string, string>, types: ReadonlyMap<string, ValueInfo>): ValueInfo {
  const source = renamed.get(output.name);
  if (source === undefined) return output.type ? { name: output.name, type: output.type } : { name: output.name };
  return { name: source, type: types.get(source)?.type ?? { kind: 'tensor', elementType: 1 } };
}
