import type { Signature } from '@crisol/contracts';
import { DataType, type ModelDescription } from '@crisol/onnx';
import type { BoundInput, BoundOutputs, InputElement, ModelBinding } from '../runtime/model-binding.js';

export type Binding = { readonly ok: true; readonly binding: ModelBinding } | { readonly ok: false; readonly message: string };

const elements: ReadonlyMap<number, InputElement> = new Map<number, InputElement>([
  [DataType.FLOAT, 'float32'],
  [DataType.DOUBLE, 'float64'],
  [DataType.STRING, 'string'],
  [DataType.INT64, 'int64'],
  [DataType.INT32, 'int32'],
  [DataType.BOOL, 'bool'],
]);
const numeric: ReadonlySet<number> = new Set([DataType.FLOAT, DataType.DOUBLE, DataType.INT64, DataType.INT32]);

/**
 * Finds how the signature's columns go into the graph: an input of each column's name, or one wide input that takes all
 * columns in their order. And which output answers.
 */
export function bindModel(signature: Signature, description: ModelDescription): Binding {
  const inputs = bindInputs(signature, description);
  if (typeof inputs === 'string') return { ok: false, message: inputs };
  const outputs = bindOutputs(signature, description);
  if (typeof outputs === 'string') return { ok: false, message: outputs };
  return { ok: true, binding: { inputs, outputs } };
}

function bindInputs(signature: Signature, { inputs }: ModelDescription): BoundInput[] | string {
  const columns = new Map(signature.inputs.map((column, index) => [column.name, index]));
  if (inputs.length === 1 && inputs[0] && !columns.has(inputs[0].name)) {
    const [input] = inputs;
    const element = elements.get(input.elementType);
    const width = input.shape?.at(-1) ?? -1;
    if (!element) return `The input ${input.name} is of a type that no column has.`;
    if (width > 0 && width !== signature.inputs.length)
      return `The input ${input.name} takes ${width} columns and the signature has ${signature.inputs.length}.`;
    return [{ name: input.name, element, columns: signature.inputs.map((_, index) => index), rank: 2 }];
  }
  const bound: BoundInput[] = [];
  for (const input of inputs) {
    const index = columns.get(input.name);
    if (index === undefined) return `The graph wants an input ${input.name}, which the signature does not have.`;
    const element = elements.get(input.elementType);
    if (!element) return `The input ${input.name} is of a type that no column has.`;
    const isText = signature.inputs[index]?.type === 'text';
    if (isText !== (element === 'string'))
      return `The column ${input.name} is ${isText ? 'text' : 'a number'} and the graph's input is not.`;
    bound.push({ name: input.name, element, columns: [index], rank: input.shape?.length === 1 ? 1 : 2 });
  }
  for (const column of signature.inputs)
    if (!inputs.some((input) => input.name === column.name))
      return `The signature has a column ${column.name}, which the graph does not take.`;
  return bound;
}

function bindOutputs(signature: Signature, { outputs }: ModelDescription): BoundOutputs | string {
  const named = (pattern: RegExp, fits: (type: number) => boolean) =>
    outputs.find((output) => pattern.test(output.name) && fits(output.elementType))?.name;
  const isNumber = (type: number) => numeric.has(type);
  if (signature.labels === null) {
    const prediction = named(/^(prediction|variable|output|y)/i, isNumber) ?? outputs.find((output) => isNumber(output.elementType))?.name;
    return prediction === undefined ? 'The graph has no output that is a number.' : { prediction };
  }
  const probabilities = named(/prob|score/i, (type) => type === DataType.FLOAT || type === DataType.DOUBLE);
  const label = named(/label|class/i, () => true);
  if (probabilities !== undefined) return { probabilities, ...(label === undefined ? {} : { label }) };
  return label === undefined ? 'The graph has neither probabilities nor a label among its outputs.' : { label };
}
