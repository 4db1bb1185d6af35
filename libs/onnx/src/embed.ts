import type { Model, Tensor } from './model.js';

/**
 * Takes data that tensors keep in files beside the model into the model itself, as far as the files are given and the tensor
 * says where in them it is. What cannot be taken in stays as it was, and the gate refuses it.
 * @param files - bytes by the name that a tensor calls its `location`; nothing else is ever read
 * @example judgeModel(embedExternalData(decodeModel(bytes), new Map([['model.onnx.data', data]])));
 */
export function embedExternalData(model: Model, files: ReadonlyMap<string, Uint8Array>): Model {
  if (files.size === 0 || !model.graph.initializers.some(isOutside)) return model;
  return { ...model, graph: { ...model.graph, initializers: model.graph.initializers.map((tensor) => embedded(tensor, files)) } };
}

function isOutside(tensor: Tensor): boolean {
  return tensor.dataLocation === 1 && (tensor.externalData?.length ?? 0) > 0;
}

function embedded(tensor: Tensor, files: ReadonlyMap<string, Uint8Array>): Tensor {
  if (!isOutside(tensor)) return tensor;
  const entry = (key: string) => tensor.externalData?.find((one) => one.key === key)?.value;
  const file = files.get(entry('location') ?? '');
  const offset = wholeNumber(entry('offset') ?? '0');
  if (!file || offset === undefined || offset > file.length) return tensor;
  const length = wholeNumber(entry('length') ?? String(file.length - offset));
  if (length === undefined || offset + length > file.length) return tensor;
  const { name, dataType, dims } = tensor;
  return { name, dataType, dims, rawData: file.subarray(offset, offset + length) };
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
