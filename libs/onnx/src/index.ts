export { encodeModel } from './encode.js';
export { GraphBuilder, makeAttribute, makeTensor, type AttributeValue } from './graph-builder.js';
export { AttributeType, DataType } from './model.js';
export type {
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
