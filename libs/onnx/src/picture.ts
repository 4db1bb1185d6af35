import { AttributeType, DataType, type Attribute, type Model, type Tensor, type ValueInfo } from './model.js';

/** A named value with its type, such as `float32`, and its shape: numbers, or names of free dimensions. */
export interface PicturedValue {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}
/** A graph as a picture needs it: what flows where, without the weights themselves. */
export interface ModelPicture {
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly inputs: readonly PicturedValue[];
  readonly outputs: readonly PicturedValue[];
  readonly nodes: readonly {
    /** Place in the graph. */
    readonly id: number;
    readonly name: string;
    readonly operator: string;
    readonly domain: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly weights: readonly { readonly name: string; readonly type: string; readonly shape: readonly number[]; readonly bytes: number }[];
  /** More nodes or weights than the limit: only the first are here. */
  readonly truncated: boolean;
}

const shownItems = 8;
const shownCharacters = 200;

/**
 * Describes the main graph of a model for drawing. Subgraphs of control-flow nodes are not opened; their attribute says how
 * many nodes they have.
 * @param limit - nodes, and weights, that are described; the rest are left out and `truncated` is true. Default 2,000
 */
export function pictureModel(model: Model, limit = 2000): ModelPicture {
  const { graph } = model;
  const held = new Set(graph.initializers.map((tensor) => tensor.name));
  return {
    producer: [model.producerName, model.producerVersion].filter((part) => part !== '').join(' '),
    opsets: model.opsetImports.map(({ domain, version }) => ({ domain: domain || 'ai.onnx', version })),
    inputs: graph.inputs.filter(({ name }) => !held.has(name)).map(pictureValue),
    outputs: graph.outputs.map(pictureValue),
    nodes: graph.nodes.slice(0, limit).map((node, id) => ({
      id,
      name: node.name,
      operator: node.opType,
      domain: node.domain || 'ai.onnx',
      inputs: node.inputs.filter((name) => name !== ''),
      outputs: node.outputs.filter((name) => name !== ''),
      attributes: node.attributes.map((attribute) => ({ name: attribute.name, value: cut(attributeText(attribute)) })),
    })),
    weights: graph.initializers
      .slice(0, limit)
      .map((tensor) => ({ name: tensor.name, type: typeName(tensor.dataType), shape: tensor.dims, bytes: tensorBytes(tensor) })),
    truncated: graph.nodes.length > limit || graph.initializers.length > limit,
  };
}

function pictureValue({ name, type }: ValueInfo): PicturedValue {
  if (type?.kind !== 'tensor' && type?.kind !== 'sparseTensor') return { name, type: type?.kind ?? 'unknown', shape: [] };
  const shape = (type.shape ?? []).map((dimension) => dimension.value ?? (dimension.parameter || '?'));
  return { name, type: typeName(type.elementType), shape };
}

const typeNames = new Map(Object.entries(DataType).map(([name, value]) => [value as number, shortName(name)])); // `as const` keeps each number apart

function shortName(name: string): string {
  if (name === 'FLOAT') return 'float32';
  return name === 'DOUBLE' ? 'float64' : name.toLowerCase();
}

/** The name of a TensorProto.DataType. */
function typeName(dataType: number): string {
  return typeNames.get(dataType) ?? `type ${dataType}`;
}

function tensorBytes(tensor: Tensor): number {
  const data = tensor.rawData ?? tensor.floatData ?? tensor.doubleData ?? tensor.int32Data ?? tensor.int64Data;
  return data?.byteLength ?? (tensor.stringData ?? []).reduce((sum, text) => sum + text.length, 0);
}

function attributeText(attribute: Attribute): string {
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return String(attribute.f ?? 0);
    case AttributeType.INT:
      return String(attribute.i ?? 0n);
    case AttributeType.STRING:
      return textOf(attribute.s);
    case AttributeType.FLOATS:
      return listText([...(attribute.floats?.subarray(0, shownItems) ?? [])].map(String), attribute.floats?.length);
    case AttributeType.INTS:
      return listText([...(attribute.ints?.subarray(0, shownItems) ?? [])].map(String), attribute.ints?.length);
    case AttributeType.STRINGS:
      return listText((attribute.strings ?? []).slice(0, shownItems).map(textOf), attribute.strings?.length);
    case AttributeType.TENSOR:
      return attribute.t ? `${typeName(attribute.t.dataType)} [${attribute.t.dims.join(', ')}]` : '';
    case AttributeType.GRAPH:
      return `graph of ${attribute.g?.nodes.length ?? 0} nodes`;
    default:
      return '…';
  }
}

const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes?.subarray(0, shownCharacters) ?? new Uint8Array());
const cut = (text: string): string => (text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text);

function listText(items: readonly string[], length = items.length): string {
  return `[${items.join(', ')}${length > items.length ? `, … ${length} in all` : ''}]`;
}
