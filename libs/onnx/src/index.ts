export { classNames } from './classes.js';
export { cleanModel } from './clean.js';
export { conformModel, ConformError, type ConformColumn, type ConformTo } from './conform.js';
export { decodeModel, defaultDecodeLimits, type DecodeLimits } from './decode.js';
export { describeModel, type DescribedValue, type ModelDescription } from './describe.js';
export { embedExternalData } from './embed.js';
export { encodeModel } from './encode.js';
export { judgeModel, type GateLimits, type GateReason, type GateVerdict } from './gate.js';
export { GraphBuilder, makeAttribute, makeTensor, type AttributeValue } from './graph-builder.js';
export { GraphEditor, tensorValue } from './graph-editor.js';
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
export { pictureModel, type ModelPicture, type PicturedValue } from './picture.js';
export { OnnxFormatError } from './onnx-error.js';
