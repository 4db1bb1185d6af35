import { walkModel } from './walk.js';
import { DataType, type Attribute, type Model, type Node, type SparseTensor, type Tensor } from './model.js';
import { treeReasons } from './tree-gate.js';

/** Why a model was refused: the rule, a sentence for the uploader, and the node where it was seen. */
export interface GateReason {
  readonly rule: string;
  readonly message: string;
  readonly node?: string;
}
export interface GateLimits {
  /** Default 100,000. */
  readonly nodes: number;
  /** Elements that one tensor may declare or a constant operator may make. Default 2^28. */
  readonly elements: number;
}
export interface GateVerdict {
  readonly admitted: boolean;
  readonly reasons: readonly GateReason[];
  /** The graph has Loop, Scan or If: it may run for long, so it never runs inside the API's process. */
  readonly hasControlFlow: boolean;
}

const domains = new Set(['', 'ai.onnx', 'ai.onnx.ml']);
const controlFlow = new Set(['Loop', 'Scan', 'If', 'SequenceMap']);
const newestOpset: Readonly<Record<string, number>> = { '': 26, 'ai.onnx': 26, 'ai.onnx.ml': 5 };
const maxReasons = 50;

/**
 * Judges a decoded model before any runtime sees it: no data outside the file, no operators from elsewhere, no sizes that
 * a few bytes blow up, no broken trees. It reads every graph, attribute and function, wherever they hide.
 * @example const { admitted, reasons } = judgeModel(decodeModel(bytes));
 */
export function judgeModel(model: Model, limits: Partial<GateLimits> = {}): GateVerdict {
  const { nodes: maxNodes, elements } = { nodes: 100_000, elements: 2 ** 28, ...limits };
  const reasons: GateReason[] = [];
  const refuse = (rule: string, message: string, node?: Node) => {
    if (reasons.length < maxReasons) reasons.push({ rule, message, ...(node && { node: nameOf(node) }) });
  };
  let nodes = 0;
  let hasControlFlow = false;

  judgeOpsets(model, refuse);
  for (const entry of model.functions) refuse('function', `The model brings its own operator ${entry.domain}.${entry.name}.`);
  walkModel(model, {
    node(node) {
      nodes++;
      if (!domains.has(node.domain))
        refuse('unknown_domain', `The operator ${node.opType} is from ${node.domain}, which is not known.`, node);
      if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(node.opType)) refuse('unknown_operator', 'A node names no operator.', node);
      if (controlFlow.has(node.opType)) hasControlFlow = true;
      if (node.opType.startsWith('TreeEnsemble')) for (const message of treeReasons(node)) refuse('tree', message, node);
    },
    tensor: (tensor, node) => judgeTensor(tensor, elements, (rule, message) => refuse(rule, message, node)),
    sparse: (tensor, node) => judgeSparse(tensor, elements, (rule, message) => refuse(rule, message, node)),
  });
  if (nodes > maxNodes) refuse('too_many_nodes', `The model has ${nodes} nodes; at most ${maxNodes} are taken.`);
  judgeMadeSizes(model, elements, refuse);
  if (model.graph.outputs.length === 0) refuse('no_output', 'The graph gives nothing.');
  return { admitted: reasons.length === 0, reasons, hasControlFlow };
}

type Refuse = (rule: string, message: string, node?: Node) => void;

function judgeOpsets(model: Model, refuse: Refuse): void {
  if (model.opsetImports.length === 0) refuse('no_opset', 'The model names no operator set.');
  for (const opset of model.opsetImports) {
    const newest = newestOpset[opset.domain];
    if (newest === undefined) refuse('unknown_domain', `The operator set ${opset.domain} is not known.`);
    else if (opset.version < 1 || opset.version > newest)
      refuse('unknown_opset', `Version ${opset.version} of the operator set "${opset.domain || 'ai.onnx'}" is not known.`);
  }
}

function judgeTensor(tensor: Tensor, elements: number, refuse: Refuse): void {
  if ((tensor.externalData?.length ?? 0) > 0 || (tensor.dataLocation ?? 0) !== 0) {
    refuse('external_data', `The tensor "${tensor.name}" keeps its data outside the file.`);
  }
  const count = elementsOf(tensor.dims);
  if (count === undefined) return refuse('tensor_size', `The tensor "${tensor.name}" declares a negative or impossible size.`);
  if (count > elements) return refuse('tensor_size', `The tensor "${tensor.name}" declares ${count} elements.`);
  const held = heldElements(tensor);
  if (held !== undefined && held !== count) {
    refuse('tensor_size', `The tensor "${tensor.name}" declares ${count} elements and holds ${held}.`);
  }
}

function judgeSparse(tensor: SparseTensor, elements: number, refuse: Refuse): void {
  const count = elementsOf(tensor.dims);
  if (count === undefined || count > elements) refuse('tensor_size', 'A sparse tensor declares an impossible size.');
}

/** Operators that make a tensor of a size that their input only names: bounded when the size is a constant of the file. */
function judgeMadeSizes(model: Model, elements: number, refuse: Refuse): void {
  const constants = new Map<string, Tensor>();
  walkModel(model, {
    initializer: (tensor) => constants.set(tensor.name, tensor),
    node(node) {
      const value = node.opType === 'Constant' ? node.attributes.find((attribute) => attribute.name === 'value')?.t : undefined;
      if (value && node.outputs[0] !== undefined) constants.set(node.outputs[0], value);
    },
  });
  walkModel(model, {
    node(node) {
      const made = madeElements(node, constants);
      if (made !== undefined && (made > elements || made < 0)) {
        refuse('made_size', `${node.opType} would make a tensor of ${made} elements out of a few bytes.`, node);
      }
    },
  });
}

function madeElements(node: Node, constants: ReadonlyMap<string, Tensor>): number | undefined {
  const numbers = (index: number) => {
    const tensor = constants.get(node.inputs[index] ?? '');
    return tensor && numbersOf(tensor);
  };
  switch (node.opType) {
    case 'ConstantOfShape':
      return product(numbers(0));
    case 'Expand':
    case 'Reshape':
      return node.opType === 'Expand' ? product(numbers(1)?.map(Math.abs)) : undefined;
    case 'Tile':
      return product(numbers(1));
    case 'RandomNormal':
    case 'RandomUniform':
      return product(integersOf(node.attributes.find((attribute) => attribute.name === 'shape')));
    case 'Range': {
      const [start, limit, delta] = [numbers(0)?.[0], numbers(1)?.[0], numbers(2)?.[0]];
      return start === undefined || limit === undefined || delta === undefined ? undefined : Math.max(0, (limit - start) / delta);
    }
    case 'EyeLike':
    case 'OneHot':
      return node.opType === 'OneHot' ? numbers(1)?.[0] : undefined;
    case 'Pad':
      return numbers(1)?.reduce((sum, value) => sum + Math.max(0, value), 0);
    case 'Resize':
    case 'Upsample':
      return product(numbers(node.opType === 'Resize' ? 3 : 1));
    default:
      return undefined;
  }
}

function integersOf(attribute: Attribute | undefined): number[] | undefined {
  return attribute?.ints && Array.from(attribute.ints, Number);
}

function product(values: readonly number[] | undefined): number | undefined {
  return values?.reduce((sum, value) => sum * value, 1);
}

function elementsOf(dims: readonly number[]): number | undefined {
  if (dims.length > 64 || dims.some((dim) => dim < 0)) return undefined;
  return dims.reduce((sum, dim) => sum * dim, 1);
}

const elementBytes = new Map<number, number>([
  [DataType.FLOAT, 4],
  [DataType.UINT8, 1],
  [DataType.INT8, 1],
  [DataType.UINT16, 2],
  [DataType.INT16, 2],
  [DataType.INT32, 4],
  [DataType.INT64, 8],
  [DataType.BOOL, 1],
  [DataType.FLOAT16, 2],
  [DataType.DOUBLE, 8],
  [DataType.UINT32, 4],
  [DataType.UINT64, 8],
  [DataType.BFLOAT16, 2],
]);

/** Elements that a tensor really carries; undefined when its type is not one that can be counted. */
function heldElements(tensor: Tensor): number | undefined {
  if (tensor.rawData) {
    const size = elementBytes.get(tensor.dataType);
    return size && tensor.rawData.length / size;
  }
  if (!elementBytes.has(tensor.dataType) && tensor.dataType !== DataType.STRING) return undefined;
  const held = tensor.floatData ?? tensor.doubleData ?? tensor.int32Data ?? tensor.int64Data ?? tensor.stringData;
  return held?.length ?? 0;
}

/** The numbers of a small constant tensor. */
function numbersOf(tensor: Tensor): number[] | undefined {
  if (tensor.int64Data) return Array.from(tensor.int64Data, Number);
  const held = tensor.int32Data ?? tensor.floatData ?? tensor.doubleData;
  if (held) return Array.from(held);
  const raw = tensor.rawData;
  if (!raw || raw.length > 4096) return undefined;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const read = (size: number, get: (at: number) => number) =>
    Array.from({ length: Math.floor(raw.length / size) }, (_, i) => get(i * size));
  if (tensor.dataType === DataType.INT64) return read(8, (at) => Number(view.getBigInt64(at, true)));
  if (tensor.dataType === DataType.INT32) return read(4, (at) => view.getInt32(at, true));
  if (tensor.dataType === DataType.FLOAT) return read(4, (at) => view.getFloat32(at, true));
  if (tensor.dataType === DataType.DOUBLE) return read(8, (at) => view.getFloat64(at, true));
  return undefined;
}

function nameOf(node: Node): string {
  return node.name === '' ? node.opType : node.name;
}
