/**
 * ONNX messages as plain objects: the subset of onnx.proto (IR version 10) that Crisol reads and writes.
 * Field names are those of onnx.proto in camelCase. 64-bit integers are `bigint` in tensors and attributes' `ints` where
 * they may exceed 2^53, else `number`.
 */
export interface OperatorSetId {
  readonly domain: string;
  readonly version: number;
}
export interface StringEntry {
  readonly key: string;
  readonly value: string;
}

/** TensorProto.DataType. */
export const DataType = {
  UNDEFINED: 0,
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
} as const;

/** AttributeProto.AttributeType. */
export const AttributeType = {
  UNDEFINED: 0,
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
  SPARSE_TENSOR: 11,
  SPARSE_TENSORS: 12,
  TYPE_PROTO: 13,
  TYPE_PROTOS: 14,
} as const;

/** A tensor. Data sits in exactly one of the fields, as onnx.proto says for its type. */
export interface Tensor {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly floatData?: Float32Array;
  readonly doubleData?: Float64Array;
  readonly int32Data?: Int32Array;
  readonly int64Data?: BigInt64Array;
  readonly stringData?: readonly string[];
  readonly rawData?: Uint8Array;
  readonly externalData?: readonly StringEntry[];
  /** 0 default, 1 external. */
  readonly dataLocation?: number;
}
export interface SparseTensor {
  readonly values?: Tensor;
  readonly indices?: Tensor;
  readonly dims: readonly number[];
}
export interface Dimension {
  readonly value?: number;
  readonly parameter?: string;
}
export type ValueType =
  | { readonly kind: 'tensor' | 'sparseTensor'; readonly elementType: number; readonly shape?: readonly Dimension[] }
  | { readonly kind: 'sequence' | 'optional'; readonly element: ValueType }
  | { readonly kind: 'map'; readonly keyType: number; readonly value: ValueType }
  | { readonly kind: 'unknown' };
export interface ValueInfo {
  readonly name: string;
  readonly type?: ValueType;
  readonly docString?: string;
}
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly t?: Tensor;
  readonly g?: Graph;
  readonly sparseTensor?: SparseTensor;
  readonly floats?: Float32Array;
  readonly ints?: BigInt64Array;
  readonly strings?: readonly Uint8Array[];
  readonly tensors?: readonly Tensor[];
  readonly graphs?: readonly Graph[];
  readonly sparseTensors?: readonly SparseTensor[];
}
export interface Node {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly Attribute[];
}
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Tensor[];
  readonly sparseInitializers: readonly SparseTensor[];
  readonly valueInfo: readonly ValueInfo[];
}
export interface ModelFunction {
  readonly name: string;
  readonly domain: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly opsetImports: readonly OperatorSetId[];
}
export interface Model {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsetImports: readonly OperatorSetId[];
  readonly graph: Graph;
  readonly metadata: readonly StringEntry[];
  readonly functions: readonly ModelFunction[];
}
