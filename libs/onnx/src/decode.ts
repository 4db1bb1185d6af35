import type {
  Attribute,
  Dimension,
  Graph,
  Model,
  ModelFunction,
  Node,
  OperatorSetId,
  SparseTensor,
  StringEntry,
  Tensor,
  ValueInfo,
  ValueType,
} from './model.js';
import { OnnxFormatError } from './onnx-error.js';
import { WireReader, WireType, type Field } from './wire-reader.js';

/** What a file may hold at most. */
export interface DecodeLimits {
  /** Bytes of the file. Default 2 GiB − 1, protobuf's own. */
  readonly sizeBytes: number;
  /** Messages in all (nodes, attributes, tensors, types …). Default 5,000,000. */
  readonly messages: number;
  /** Graphs inside attributes inside graphs. Default 16. */
  readonly depth: number;
  /** Levels of types inside types. Default 16. */
  readonly typeDepth: number;
}
export const defaultDecodeLimits: DecodeLimits = Object.freeze({
  sizeBytes: 2 ** 31 - 1,
  messages: 5_000_000,
  depth: 16,
  typeDepth: 16,
});

/**
 * Reads an ONNX model. Byte and raw fields are views into `bytes`, so keep those as long as the model. Unknown fields are
 * skipped; whatever is cut, nested too deep or longer than the file is refused.
 * @throws OnnxFormatError and nothing else
 */
export function decodeModel(bytes: Uint8Array, limits: Partial<DecodeLimits> = {}): Model {
  return new Decoder({ ...defaultDecodeLimits, ...limits }).model(bytes);
}

class Decoder {
  private messages = 0;

  constructor(private readonly limits: DecodeLimits) {}

  model(bytes: Uint8Array): Model {
    if (bytes.length === 0) throw new OnnxFormatError('the file is empty');
    if (bytes.length > this.limits.sizeBytes) throw new OnnxFormatError(`the file is larger than ${this.limits.sizeBytes} bytes`);
    refuseOtherFormats(bytes);
    let irVersion = 0;
    let producerName = '';
    let producerVersion = '';
    let graph: Graph | undefined;
    const opsetImports: OperatorSetId[] = [];
    const metadata: StringEntry[] = [];
    const functions: ModelFunction[] = [];
    this.read(new WireReader(bytes), (field, reader) => {
      switch (field.number) {
        case 1:
          irVersion = reader.integer();
          return true;
        case 2:
          producerName = reader.text();
          return true;
        case 3:
          producerVersion = reader.text();
          return true;
        case 7:
          if (graph) throw new OnnxFormatError('the model has two graphs');
          graph = this.graph(reader.message(), 1);
          return true;
        case 8:
          opsetImports.push(this.opset(reader.message()));
          return true;
        case 14:
          metadata.push(this.entry(reader.message()));
          return true;
        case 25:
          functions.push(this.function(reader.message()));
          return true;
        default:
          return false;
      }
    });
    if (!graph) throw new OnnxFormatError('the file holds no ONNX graph');
    if (irVersion < 1) throw new OnnxFormatError('the file names no IR version');
    return { irVersion, producerName, producerVersion, opsetImports, graph, metadata, functions };
  }

  /** Hands each field to `take`, which says whether it read it; else it is skipped. */
  private read(reader: WireReader, take: (field: Field, reader: WireReader) => boolean): void {
    if (++this.messages > this.limits.messages) throw new OnnxFormatError(`the file holds more than ${this.limits.messages} messages`);
    while (!reader.done) {
      const field = reader.field();
      if (!take(field, reader)) reader.skip(field.wire);
    }
  }

  private opset(reader: WireReader): OperatorSetId {
    let domain = '';
    let version = 0;
    this.read(reader, (field) => {
      if (field.number === 1) domain = reader.text();
      else if (field.number === 2) version = reader.integer();
      else return false;
      return true;
    });
    return { domain, version };
  }

  private entry(reader: WireReader): StringEntry {
    let key = '';
    let value = '';
    this.read(reader, (field) => {
      if (field.number === 1) key = reader.text();
      else if (field.number === 2) value = reader.text();
      else return false;
      return true;
    });
    return { key, value };
  }

  private graph(reader: WireReader, depth: number): Graph {
    if (depth > this.limits.depth) throw new OnnxFormatError(`graphs are nested deeper than ${this.limits.depth}`);
    let name = '';
    const nodes: Node[] = [];
    const initializers: Tensor[] = [];
    const sparseInitializers: SparseTensor[] = [];
    const inputs: ValueInfo[] = [];
    const outputs: ValueInfo[] = [];
    const valueInfo: ValueInfo[] = [];
    this.read(reader, (field) => {
      switch (field.number) {
        case 1:
          nodes.push(this.node(reader.message(), depth));
          return true;
        case 2:
          name = reader.text();
          return true;
        case 5:
          initializers.push(this.tensor(reader.message()));
          return true;
        case 11:
          inputs.push(this.valueInfo(reader.message()));
          return true;
        case 12:
          outputs.push(this.valueInfo(reader.message()));
          return true;
        case 13:
          valueInfo.push(this.valueInfo(reader.message()));
          return true;
        case 15:
          sparseInitializers.push(this.sparseTensor(reader.message()));
          return true;
        default:
          return false;
      }
    });
    return { name, nodes, inputs, outputs, initializers, sparseInitializers, valueInfo };
  }

  private node(reader: WireReader, depth: number): Node {
    let name = '';
    let opType = '';
    let domain = '';
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes: Attribute[] = [];
    this.read(reader, (field) => {
      switch (field.number) {
        case 1:
          inputs.push(reader.text());
          return true;
        case 2:
          outputs.push(reader.text());
          return true;
        case 3:
          name = reader.text();
          return true;
        case 4:
          opType = reader.text();
          return true;
        case 5:
          attributes.push(this.attribute(reader.message(), depth));
          return true;
        case 7:
          domain = reader.text();
          return true;
        default:
          return false;
      }
    });
    return { name, opType, domain, inputs, outputs, attributes };
  }

  private attribute(reader: WireReader, depth: number): Attribute {
    const found: { -readonly [Key in keyof Attribute]: Attribute[Key] } = { name: '', type: 0 };
    const floats: number[] = [];
    const ints: bigint[] = [];
    const strings: Uint8Array[] = [];
    const tensors: Tensor[] = [];
    const graphs: Graph[] = [];
    const sparseTensors: SparseTensor[] = [];
    this.read(reader, (field) => {
      switch (field.number) {
        case 1:
          found.name = reader.text();
          return true;
        case 2:
          found.f = reader.float32();
          return true;
        case 3:
          found.i = reader.int64();
          return true;
        case 4:
          found.s = reader.payload();
          return true;
        case 5:
          found.t = this.tensor(reader.message());
          return true;
        case 6:
          found.g = this.graph(reader.message(), depth + 1);
          return true;
        case 7:
          repeated(field, reader, WireType.FIXED32, (part) => floats.push(part.float32()));
          return true;
        case 8:
          repeated(field, reader, WireType.VARINT, (part) => ints.push(part.int64()));
          return true;
        case 9:
          strings.push(reader.payload());
          return true;
        case 10:
          tensors.push(this.tensor(reader.message()));
          return true;
        case 11:
          graphs.push(this.graph(reader.message(), depth + 1));
          return true;
        case 20:
          found.type = reader.integer();
          return true;
        case 22:
          found.sparseTensor = this.sparseTensor(reader.message());
          return true;
        case 23:
          sparseTensors.push(this.sparseTensor(reader.message()));
          return true;
        default:
          return false;
      }
    });
    if (floats.length > 0) found.floats = Float32Array.from(floats);
    if (ints.length > 0) found.ints = BigInt64Array.from(ints);
    if (strings.length > 0) found.strings = strings;
    if (tensors.length > 0) found.tensors = tensors;
    if (graphs.length > 0) found.graphs = graphs;
    if (sparseTensors.length > 0) found.sparseTensors = sparseTensors;
    return found;
  }

  private tensor(reader: WireReader): Tensor {
    const found: { -readonly [Key in keyof Tensor]: Tensor[Key] } = { name: '', dataType: 0, dims: [] };
    const dims: number[] = [];
    const floats: number[] = [];
    const doubles: number[] = [];
    const int32s: number[] = [];
    const int64s: bigint[] = [];
    const strings: string[] = [];
    const externalData: StringEntry[] = [];
    this.read(reader, (field) => {
      switch (field.number) {
        case 1:
          repeated(field, reader, WireType.VARINT, (part) => dims.push(part.integer()));
          return true;
        case 2:
          found.dataType = reader.integer();
          return true;
        case 4:
          repeated(field, reader, WireType.FIXED32, (part) => floats.push(part.float32()));
          return true;
        case 5:
          repeated(field, reader, WireType.VARINT, (part) => int32s.push(Number(BigInt.asIntN(32, part.varint()))));
          return true;
        case 6:
          strings.push(new TextDecoder().decode(reader.payload()));
          return true;
        case 7:
        case 11:
          repeated(field, reader, WireType.VARINT, (part) => int64s.push(part.int64()));
          return true;
        case 8:
          found.name = reader.text();
          return true;
        case 9:
          found.rawData = reader.payload();
          return true;
        case 10:
          repeated(field, reader, WireType.FIXED64, (part) => doubles.push(part.float64()));
          return true;
        case 13:
          externalData.push(this.entry(reader.message()));
          return true;
        case 14:
          found.dataLocation = reader.integer();
          return true;
        default:
          return false;
      }
    });
    found.dims = dims;
    if (floats.length > 0) found.floatData = Float32Array.from(floats);
    if (doubles.length > 0) found.doubleData = Float64Array.from(doubles);
    if (int32s.length > 0) found.int32Data = Int32Array.from(int32s);
    if (int64s.length > 0) found.int64Data = BigInt64Array.from(int64s);
    if (strings.length > 0) found.stringData = strings;
    if (externalData.length > 0) found.externalData = externalData;
    return found;
  }

  private sparseTensor(reader: WireReader): SparseTensor {
    const found: { values?: Tensor; indices?: Tensor } = {};
    const dims: number[] = [];
    this.read(reader, (field) => {
      if (field.number === 1) found.values = this.tensor(reader.message());
      else if (field.number === 2) found.indices = this.tensor(reader.message());
      else if (field.number === 3) repeated(field, reader, WireType.VARINT, (part) => dims.push(part.integer()));
      else return false;
      return true;
    });
    return { ...found, dims };
  }

  private valueInfo(reader: WireReader): ValueInfo {
    let name = '';
    let type: ValueType | undefined;
    let docString: string | undefined;
    this.read(reader, (field) => {
      if (field.number === 1) name = reader.text();
      else if (field.number === 2) type = this.type(reader.message(), 1);
      else if (field.number === 3) docString = reader.text();
      else return false;
      return true;
    });
    return { name, ...(type && { type }), ...(docString === undefined ? {} : { docString }) };
  }

  private type(reader: WireReader, depth: number): ValueType {
    if (depth > this.limits.typeDepth) throw new OnnxFormatError(`types are nested deeper than ${this.limits.typeDepth}`);
    let type: ValueType = { kind: 'unknown' };
    this.read(reader, (field) => {
      if (field.number === 1) type = this.tensorType(reader.message(), 'tensor');
      else if (field.number === 4) type = { kind: 'sequence', element: this.element(reader.message(), depth + 1) };
      else if (field.number === 5) type = this.mapType(reader.message(), depth + 1);
      else if (field.number === 8) type = this.tensorType(reader.message(), 'sparseTensor');
      else if (field.number === 9) type = { kind: 'optional', element: this.element(reader.message(), depth + 1) };
      else return false;
      return true;
    });
    return type;
  }

  private element(reader: WireReader, depth: number): ValueType {
    let element: ValueType = { kind: 'unknown' };
    this.read(reader, (field) => {
      if (field.number !== 1) return false;
      element = this.type(reader.message(), depth);
      return true;
    });
    return element;
  }

  private mapType(reader: WireReader, depth: number): ValueType {
    let keyType = 0;
    let value: ValueType = { kind: 'unknown' };
    this.read(reader, (field) => {
      if (field.number === 1) keyType = reader.integer();
      else if (field.number === 2) value = this.type(reader.message(), depth);
      else return false;
      return true;
    });
    return { kind: 'map', keyType, value };
  }

  private tensorType(reader: WireReader, kind: 'tensor' | 'sparseTensor'): ValueType {
    let elementType = 0;
    let shape: Dimension[] | undefined;
    this.read(reader, (field) => {
      if (field.number === 1) elementType = reader.integer();
      else if (field.number === 2) shape = this.shape(reader.message());
      else return false;
      return true;
    });
    return { kind, elementType, ...(shape && { shape }) };
  }

  private shape(reader: WireReader): Dimension[] {
    const shape: Dimension[] = [];
    this.read(reader, (field) => {
      if (field.number !== 1) return false;
      const dimension: { value?: number; parameter?: string } = {};
      const part = reader.message();
      this.read(part, (inner) => {
        if (inner.number === 1) dimension.value = part.integer();
        else if (inner.number === 2) dimension.parameter = part.text();
        else return false;
        return true;
      });
      shape.push(dimension);
      return true;
    });
    return shape;
  }

  private function(reader: WireReader): ModelFunction {
    let name = '';
    let domain = '';
    const inputs: string[] = [];
    const outputs: string[] = [];
    const nodes: Node[] = [];
    const opsetImports: OperatorSetId[] = [];
    this.read(reader, (field) => {
      switch (field.number) {
        case 1:
          name = reader.text();
          return true;
        case 4:
          inputs.push(reader.text());
          return true;
        case 5:
          outputs.push(reader.text());
          return true;
        case 7:
          nodes.push(this.node(reader.message(), 1));
          return true;
        case 9:
          opsetImports.push(this.opset(reader.message()));
          return true;
        case 10:
          domain = reader.text();
          return true;
        // Defaults of attributes may hold graphs and tensors; they are read as an extra node so that the gate sees them.
        case 11:
          nodes.push({ name: '', opType: '', domain: '', inputs: [], outputs: [], attributes: [this.attribute(reader.message(), 1)] });
          return true;
        default:
          return false;
      }
    });
    return { name, domain, nodes, inputs, outputs, opsetImports };
  }
}

/** A repeated scalar: packed or one by one, as its wire type says. */
function repeated(field: Field, reader: WireReader, single: number, read: (part: WireReader) => void): void {
  if (field.wire === single) return read(reader);
  if (field.wire !== WireType.LENGTH) throw new OnnxFormatError('a repeated number has a wrong wire type');
  const part = reader.message();
  while (!part.done) read(part);
}

const otherFormats: readonly [string, readonly number[]][] = [
  ['a zip archive (perhaps a saved PyTorch or Keras model)', [0x50, 0x4b, 0x03, 0x04]],
  ['a pickle', [0x80, 0x02]],
  ['a pickle', [0x80, 0x03]],
  ['a pickle', [0x80, 0x04]],
  ['a pickle', [0x80, 0x05]],
  ['a gzip archive', [0x1f, 0x8b]],
  ['an HDF5 file', [0x89, 0x48, 0x44, 0x46]],
];

function refuseOtherFormats(bytes: Uint8Array): void {
  for (const [what, magic] of otherFormats) {
    if (magic.every((byte, index) => bytes[index] === byte)) throw new OnnxFormatError(`this is ${what}, not an ONNX model`);
  }
}
