import { walkModel } from './walk.js';
import type { Model, ValueInfo } from './model.js';

/** One input or output: its element type (TensorProto.DataType) and shape, −1 where free; elementType 0 when not a tensor. */
export interface DescribedValue {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly number[] | null;
}
export interface ModelDescription {
  readonly inputs: readonly DescribedValue[];
  readonly outputs: readonly DescribedValue[];
  /** Operators, commonest first. */
  readonly operators: readonly { readonly name: string; readonly count: number }[];
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a model says of itself. Inputs that an initializer fills are left out. */
export function describeModel(model: Model): ModelDescription {
  const counts = new Map<string, number>();
  walkModel(model, { node: (node) => counts.set(node.opType, (counts.get(node.opType) ?? 0) + 1) });
  const held = new Set(model.graph.initializers.map((tensor) => tensor.name));
  return {
    inputs: model.graph.inputs.filter((input) => !held.has(input.name)).map(describeValue),
    outputs: model.graph.outputs.map(describeValue),
    operators: [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    opsets: Object.fromEntries(model.opsetImports.map((opset) => [opset.domain || 'ai.onnx', opset.version])),
    producer: model.producerName,
    producerVersion: model.producerVersion,
    metadata: Object.fromEntries(model.metadata.map((entry) => [entry.key, entry.value])),
  };
}

function describeValue(value: ValueInfo): DescribedValue {
  const { name, type } = value;
  if (type?.kind !== 'tensor') return { name, elementType: 0, shape: null };
  return { name, elementType: type.elementType, shape: type.shape?.map((dimension) => dimension.value ?? -1) ?? null };
}
