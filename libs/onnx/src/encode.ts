import type {
  Attribute,
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
import { WireWriter } from './wire-writer.js';

/**
 * Writes a model as ONNX bytes (field numbers of onnx.proto, repeated numbers packed). The same model gives the same bytes.
 * @example writeFileSync('model.onnx', encodeModel(model))
 */
export function encodeModel(model: Model): Uint8Array {
  const writer = new WireWriter();
  writer.integer(1, model.irVersion);
  if (model.producerName !== '') writer.text(2, model.producerName);
  if (model.producerVersion !== '') writer.text(3, model.producerVersion);
  writer.message(7, (inner) => writeGraph(inner, model.graph));
  for (const entry of model.opsetImports) writer.message(8, (inner) => writeOperatorSet(inner, entry));
  for (const entry of model.metadata) writer.message(14, (inner) => writeEntry(inner, entry));
  for (const entry of model.functions) writer.message(25, (inner) => writeFunction(inner, entry));
  return writer.finish().slice();
}

function writeOperatorSet(writer: WireWriter, entry: OperatorSetId): void {
  writer.text(1, entry.domain);
  writer.integer(2, entry.version);
}

function writeEntry(writer: WireWriter, entry: StringEntry): void {
  writer.text(1, entry.key);
  writer.text(2, entry.value);
}

function writeGraph(writer: WireWriter, graph: Graph): void {
  for (const node of graph.nodes) writer.message(1, (inner) => writeNode(inner, node));
  writer.text(2, graph.name);
  for (const tensor of graph.initializers) writer.message(5, (inner) => writeTensor(inner, tensor));
  for (const value of graph.inputs) writer.message(11, (inner) => writeValueInfo(inner, value));
  for (const value of graph.outputs) writer.message(12, (inner) => writeValueInfo(inner, value));
  for (const value of graph.valueInfo) writer.message(13, (inner) => writeValueInfo(inner, value));
  for (const tensor of graph.sparseInitializers) writer.message(15, (inner) => writeSparseTensor(inner, tensor));
}

function writeNode(writer: WireWriter, node: Node): void {
  for (const input of node.inputs) writer.text(1, input);
  for (const output of node.outputs) writer.text(2, output);
  if (node.name !== '') writer.text(3, node.name);
  writer.text(4, node.opType);
  for (const attribute of node.attributes) writer.message(5, (inner) => writeAttribute(inner, attribute));
  if (node.domain !== '') writer.text(7, node.domain);
}

function writeAttribute(writer: WireWriter, attribute: Attribute): void {
  writer.text(1, attribute.name);
  if (attribute.f !== undefined) writer.float(2, attribute.f);
  if (attribute.i !== undefined) writer.integer(3, attribute.i);
  if (attribute.s !== undefined) writer.blob(4, attribute.s);
  const { t, g, sparseTensor } = attribute;
  if (t !== undefined) writer.message(5, (inner) => writeTensor(inner, t));
  if (g !== undefined) writer.message(6, (inner) => writeGraph(inner, g));
  if (attribute.floats !== undefined) writer.packedFloats(7, attribute.floats);
  if (attribute.ints !== undefined) writer.packedIntegers(8, attribute.ints);
  for (const text of attribute.strings ?? []) writer.blob(9, text);
  for (const tensor of attribute.tensors ?? []) writer.message(10, (inner) => writeTensor(inner, tensor));
  for (const graph of attribute.graphs ?? []) writer.message(11, (inner) => writeGraph(inner, graph));
  writer.integer(20, attribute.type);
  if (sparseTensor !== undefined) writer.message(22, (inner) => writeSparseTensor(inner, sparseTensor));
  for (const tensor of attribute.sparseTensors ?? []) writer.message(23, (inner) => writeSparseTensor(inner, tensor));
}

function writeTensor(writer: WireWriter, tensor: Tensor): void {
  if (tensor.dims.length > 0) writer.packedIntegers(1, tensor.dims);
  writer.integer(2, tensor.dataType);
  if (tensor.floatData !== undefined) writer.packedFloats(4, tensor.floatData);
  if (tensor.int32Data !== undefined) writer.packedIntegers(5, tensor.int32Data);
  for (const text of tensor.stringData ?? []) writer.text(6, text);
  if (tensor.int64Data !== undefined) writer.packedIntegers(7, tensor.int64Data);
  if (tensor.name !== '') writer.text(8, tensor.name);
  if (tensor.rawData !== undefined) writer.blob(9, tensor.rawData);
  if (tensor.doubleData !== undefined) writer.packedDoubles(10, tensor.doubleData);
  for (const entry of tensor.externalData ?? []) writer.message(13, (inner) => writeEntry(inner, entry));
  if (tensor.dataLocation !== undefined) writer.integer(14, tensor.dataLocation);
}

function writeSparseTensor(writer: WireWriter, tensor: SparseTensor): void {
  const { values, indices } = tensor;
  if (values !== undefined) writer.message(1, (inner) => writeTensor(inner, values));
  if (indices !== undefined) writer.message(2, (inner) => writeTensor(inner, indices));
  if (tensor.dims.length > 0) writer.packedIntegers(3, tensor.dims);
}

function writeValueInfo(writer: WireWriter, value: ValueInfo): void {
  writer.text(1, value.name);
  const { type } = value;
  if (type !== undefined) writer.message(2, (inner) => writeType(inner, type));
  if (value.docString !== undefined) writer.text(3, value.docString);
}

function writeType(writer: WireWriter, type: ValueType): void {
  switch (type.kind) {
    case 'tensor':
    case 'sparseTensor':
      writer.message(type.kind === 'tensor' ? 1 : 8, (inner) => {
        inner.integer(1, type.elementType);
        const { shape } = type;
        if (shape === undefined) return;
        inner.message(2, (dimensions) => {
          for (const dimension of shape) {
            dimensions.message(1, (one) => {
              if (dimension.value !== undefined) one.integer(1, dimension.value);
              else if (dimension.parameter !== undefined) one.text(2, dimension.parameter);
            });
          }
        });
      });
      return;
    case 'sequence':
    case 'optional':
      writer.message(type.kind === 'sequence' ? 4 : 9, (inner) => inner.message(1, (element) => writeType(element, type.element)));
      return;
    case 'map':
      writer.message(5, (inner) => {
        inner.integer(1, type.keyType);
        inner.message(2, (element) => writeType(element, type.value));
      });
      return;
    case 'unknown':
      return;
  }
}

function writeFunction(writer: WireWriter, entry: ModelFunction): void {
  writer.text(1, entry.name);
  for (const input of entry.inputs) writer.text(4, input);
  for (const output of entry.outputs) writer.text(5, output);
  for (const node of entry.nodes) writer.message(7, (inner) => writeNode(inner, node));
  for (const opset of entry.opsetImports) writer.message(9, (inner) => writeOperatorSet(inner, opset));
  writer.text(10, entry.domain);
}
