import { AttributeType, DataType, type Attribute, type Dimension, type Model, type Node, type Tensor, type ValueInfo } from './model.js';

/** What an attribute may be built from: a number is FLOAT unless it comes as `integer(…)`. */
export type AttributeValue = string | number | bigint | Float32Array | BigInt64Array | readonly string[] | readonly bigint[] | Tensor;

const utf8 = new TextEncoder();

/** Attributes from plain values: string, number (FLOAT), bigint (INT), Float32Array, BigInt64Array or bigints, strings, tensor. */
export function makeAttribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: utf8.encode(value) };
  if (typeof value === 'number') return { name, type: AttributeType.FLOAT, f: value };
  if (typeof value === 'bigint') return { name, type: AttributeType.INT, i: value };
  if (value instanceof Float32Array) return { name, type: AttributeType.FLOATS, floats: value };
  if (value instanceof BigInt64Array) return { name, type: AttributeType.INTS, ints: value };
  if (isTensor(value)) return { name, type: AttributeType.TENSOR, t: value };
  const strings: Uint8Array[] = [];
  const integers: bigint[] = [];
  for (const item of value) {
    if (typeof item === 'string') strings.push(utf8.encode(item));
    else integers.push(item);
  }
  if (integers.length > 0) return { name, type: AttributeType.INTS, ints: BigInt64Array.from(integers) };
  return { name, type: AttributeType.STRINGS, strings };
}

function isTensor(value: Exclude<AttributeValue, string | number | bigint>): value is Tensor {
  return 'dataType' in value;
}

/** A tensor from a typed array or texts; dims default to one axis. Numbers go as little-endian raw data. */
export function makeTensor(
  name: string,
  data: Float32Array | Float64Array | BigInt64Array | readonly string[],
  dims: readonly number[] = [data.length],
): Tensor {
  if (data instanceof Float32Array) return { name, dataType: DataType.FLOAT, dims, rawData: rawBytes(data) };
  if (data instanceof Float64Array) return { name, dataType: DataType.DOUBLE, dims, rawData: rawBytes(data) };
  if (data instanceof BigInt64Array) return { name, dataType: DataType.INT64, dims, rawData: rawBytes(data) };
  return { name, dataType: DataType.STRING, dims, stringData: data };
}

// Every platform that Node runs on here is little-endian, which is ONNX's order for raw data.
function rawBytes(data: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

/**
 * Builds a graph node by node. Names of values are made up from a counter, so the same calls give the same model.
 * @example
 * const graph = new GraphBuilder('linear');
 * const x = graph.input('x', DataType.FLOAT, ['N', 1]);
 * graph.output(graph.add('Mul', [x, graph.constant(Float32Array.of(2), [1])], {}), 'y', DataType.FLOAT, ['N', 1]);
 * const bytes = encodeModel(graph.model());
 */
export class GraphBuilder {
  private readonly nodes: Node[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly initializers: Tensor[] = [];
  private readonly constants = new Map<string, string>();
  private readonly taken = new Set<string>();
  private counter = 0;

  constructor(private readonly name: string) {}

  /** Declares an input; numbers in the shape are fixed, texts are symbolic. Returns its name. Declare inputs first. */
  input(name: string, elementType: number, shape: readonly (number | string)[]): string {
    this.taken.add(name);
    this.inputs.push({ name, type: { kind: 'tensor', elementType, shape: shape.map(dimension) } });
    return name;
  }

  /** Keeps a name from being made up for an inner value, such as an output's. */
  reserve(name: string): void {
    this.taken.add(name);
  }

  /** Adds a node with one output and returns the output's name. */
  add(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}, domain = ''): string {
    const [output] = this.addMany(opType, inputs, [this.fresh(opType)], attributes, domain);
    return output ?? '';
  }

  /** Adds a node with given output names. */
  addMany(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = '',
  ): readonly string[] {
    const list = Object.entries(attributes).map(([key, value]) => makeAttribute(key, value));
    this.nodes.push({ name: `n${this.nodes.length}`, opType, domain, inputs, outputs, attributes: list });
    return outputs;
  }

  /** An initializer; equal numeric ones are stored once. Returns its name. */
  constant(data: Float32Array | Float64Array | BigInt64Array | readonly string[], dims: readonly number[] = [data.length]): string {
    const kind = 'BYTES_PER_ELEMENT' in data ? data.constructor.name : 'string';
    const key =
      data.length <= 16
        ? `${kind}|${dims.join(',')}|${[...data].map((item) => (Object.is(item, -0) ? '-0' : String(item))).join('|')}`
        : undefined;
    const known = key !== undefined && kind !== 'string' ? this.constants.get(key) : undefined;
    if (known !== undefined) return known;
    const name = this.fresh('c');
    this.initializers.push(makeTensor(name, data, dims));
    if (key !== undefined) this.constants.set(key, name);
    return name;
  }

  /** Declares an output: the value under its public name, by an Identity unless a node already wrote that name. */
  output(value: string, name: string, elementType: number, shape: readonly (number | string)[]): void {
    if (value !== name) this.addMany('Identity', [value], [name]);
    this.outputs.push({ name, type: { kind: 'tensor', elementType, shape: shape.map(dimension) } });
  }

  /** The finished model. Opset 17 and ai.onnx.ml 3 at IR 8 unless said: what onnxruntime 1.12 and later load. */
  model(options: { mlVersion?: number; opset?: number; irVersion?: number; metadata?: Readonly<Record<string, string>> } = {}): Model {
    return {
      irVersion: options.irVersion ?? 8,
      producerName: 'crisol',
      producerVersion: '0.1.0',
      opsetImports: [
        { domain: '', version: options.opset ?? 17 },
        { domain: 'ai.onnx.ml', version: options.mlVersion ?? 3 },
      ],
      graph: {
        name: this.name,
        nodes: this.nodes,
        inputs: this.inputs,
        outputs: this.outputs,
        initializers: this.initializers,
        sparseInitializers: [],
        valueInfo: [],
      },
      metadata: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
      functions: [],
    };
  }

  private fresh(hint: string): string {
    let name: string;
    do name = `${hint.toLowerCase()}_${this.counter++}`;
    while (this.taken.has(name));
    this.taken.add(name);
    return name;
  }
}

function dimension(size: number | string): Dimension {
  return typeof size === 'number' ? { value: size } : { parameter: size };
}
