import type { ModelGraph } from '@crisol/contracts';
import type { GraphEdge, GraphNode, GraphSpec } from './graph-spec';

const shapeText = (shape: readonly (number | string)[]): string => (shape.length ? shape.join(' × ') : 'scalar');

/** An ONNX graph: its inputs, operators and outputs as boxes; what one makes and another takes as arrows. */
export function graphOf(model: ModelGraph): GraphSpec {
  const inputs = model.inputs.map((input): GraphNode => ({
    id: `in ${input.name}`,
    title: input.name,
    note: `${input.type} ${shapeText(input.shape)}`,
    tone: 'input',
  }));
  const outputs = model.outputs.map((output): GraphNode => ({
    id: `out ${output.name}`,
    title: output.name,
    note: `${output.type} ${shapeText(output.shape)}`,
    tone: 'output',
  }));
  const weights = new Map(model.weights.map((weight) => [weight.name, weight]));
  const makers = new Map<string, string>(model.inputs.map((input) => [input.name, `in ${input.name}`]));
  for (const node of model.nodes) for (const name of node.outputs) if (name) makers.set(name, `op ${node.id}`);
  const operators = model.nodes.map((node): GraphNode => ({
    id: `op ${node.id}`,
    title: node.operator,
    ...(node.name ? { note: node.name } : {}),
    facts: [
      ...(node.domain ? [{ label: 'domain', value: node.domain }] : []),
      ...node.inputs
        .filter((name) => name !== '')
        .map((name) => {
          const weight = weights.get(name);
          return { label: weight ? 'weight' : 'input', value: weight ? `${name}: ${weight.type} ${shapeText(weight.shape)}` : name };
        }),
      ...node.outputs.filter((name) => name !== '').map((name) => ({ label: 'output', value: name })),
      ...node.attributes.map((attribute) => ({ label: attribute.name, value: attribute.value })),
    ],
  }));
  const edges: GraphEdge[] = [];
  const seen = new Set<string>();
  const join = (name: string, to: string): void => {
    const from = makers.get(name);
    if (from === undefined || from === to || seen.has(`${from}|${to}`)) return;
    seen.add(`${from}|${to}`);
    edges.push({ from, to, label: name });
  };
  for (const node of model.nodes) for (const name of node.inputs) join(name, `op ${node.id}`);
  for (const output of model.outputs) join(output.name, `out ${output.name}`);
  return { nodes: [...inputs, ...operators, ...outputs], edges };
}
