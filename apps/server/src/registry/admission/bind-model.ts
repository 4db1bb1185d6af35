import type { Signature } from '@crisol/contracts';
import { DataType, type DescribedValue, type ModelDescription } from '@crisol/onnx';
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
  if (inputs.length === 1 && inputs[0] && (signature.inputs.length > 1 || !columns.has(inputs[0].name))) {
    const [input] = inputs;
    const element = elements.get(input.elementType);
    const width = input.shape?.at(-1) ?? -1;
    if (!element) return `The input ${input.name} is of a type that no column has.`;
    if (width > 0 && width !== signature.inputs.length)
      return `The input ${input.name} takes ${width} columns and the signature has ${signature.inputs.length}.`;
    const odd = signature.inputs.find(({ type }) => (type === 'text') !== (element === 'string'));
    if (odd) return `The column ${odd.name} is ${odd.type === 'text' ? 'text' : 'a number'} and the graph's input ${input.name} is not.`;
    return [{ name: input.name, element, columns: signature.inputs.map((_, index) => index), rank: input.shape?.length === 1 ? 1 : 2 }];
  }
  const bound: BoundInput[] = [];
  for (const input of inputs) {
    const indices = columnsOf(input, columns);
    if (!indices) return `The graph wants an input ${input.name}, which the signature does not have.`;
    const element = elements.get(input.elementType);
    if (!element) return `The input ${input.name} is of a type that no column has.`;
    for (const index of indices) {
      const isText = signature.inputs[index]?.type === 'text';
      if (isText !== (element === 'string'))
        return `The column ${signature.inputs[index]?.name} is ${isText ? 'text' : 'a number'} and the graph's input is not.`;
    }
    bound.push({ name: input.name, element, columns: indices, rank: input.shape?.length === 1 ? 1 : 2 });
  }
  const taken = new Set(bound.flatMap((input) => input.columns));
  for (const [index, column] of signature.inputs.entries())
    if (!taken.has(index)) return `The signature has a column ${column.name}, which the graph does not take.`;
  return bound;
}

/** The column of the input's name, or `name_0`, `name_1` … for an input that takes several beside others. */
function columnsOf({ name, shape }: DescribedValue, columns: ReadonlyMap<string, number>): number[] | undefined {
  const own = columns.get(name);
  if (own !== undefined) return [own];
  const width = shape?.[1] ?? -1;
  const indices = Array.from({ length: Math.max(0, width) }, (_, k) => columns.get(`${name}_${k}`) ?? -1);
  return indices.length > 0 && !indices.includes(-1) ? indices : undefined;
}

function bindOutputs(signature: Signature, { outputs }: ModelDescription): BoundOutputs | string {
  const named = (pattern: RegExp, fits: (type: number) => boolean) =>
    outputs.find((output) => pattern.test(output.name) && fits(output.elementType))?.name;
  const isNumber = (type: number) => numeric.has(type);
  if (signature.labels === null) {
    const isReal = (type: number) => type === DataType.FLOAT || type === DataType.DOUBLE;
    const prediction =
      named(/^(prediction|variable|output|y)/i, isReal) ??
      named(/^(prediction|variable|output|y)/i, isNumber) ??
      outputs.find((output) => isReal(output.elementType))?.name ??
      outputs.find((output) => isNumber(output.elementType))?.name;
    return prediction === undefined ? 'The graph has no output that is a number.' : { prediction };
  }
  const isFloat = (type: number) => type === DataType.FLOAT || type === DataType.DOUBLE;
  const classes = signature.labels.length;
  const floats = outputs.filter((output) => isFloat(output.elementType));
  const probabilities =
    named(/prob/i, isFloat) ??
    named(/score/i, isFloat) ??
    // An export without names of its own, such as `output`: what is as wide as there are classes holds them.
    floats.find((output) => output.shape?.at(-1) === classes)?.name;
  const label = named(/label|class/i, () => true);
  if (probabilities !== undefined) return { probabilities, ...(label === undefined ? {} : { label }) };
  return label === undefined ? 'The graph has neither probabilities nor a label among its outputs.' : { label };
}
