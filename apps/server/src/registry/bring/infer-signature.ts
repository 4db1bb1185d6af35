import type { BroughtSignature, Signature, SignatureColumn, Task } from '@crisol/contracts';
import { DataType, type DescribedValue, type ModelDescription } from '@crisol/onnx';
import type { SampleCell, SampleRows } from './read-samples.js';

export type Inferred = { readonly ok: true; readonly signature: Signature } | { readonly ok: false; readonly message: string };

/** What is known besides the graph. */
export interface SignatureHints {
  readonly given: BroughtSignature;
  readonly samples: SampleRows | null;
  readonly task: Task;
  /** As the model type read them; empty when it could not. */
  readonly labels: readonly string[];
}

const types: ReadonlyMap<number, SignatureColumn['type']> = new Map<number, SignatureColumn['type']>([
  [DataType.FLOAT, 'number'],
  [DataType.DOUBLE, 'number'],
  [DataType.INT64, 'integer'],
  [DataType.INT32, 'integer'],
  [DataType.BOOL, 'boolean'],
  [DataType.STRING, 'text'],
]);
const targets: Partial<Record<Task, string>> = { anomaly: 'anomaly', clustering: 'cluster', regression: 'prediction' };

/**
 * The columns of a graph: one for each input of width 1, called as the input; several for a wide one, called as its owner or
 * the samples call them, else `f0`, `f1` … for a single input and `name_0`, `name_1` … beside others.
 */
export function inferSignature({ inputs, outputs }: ModelDescription, hints: SignatureHints): Inferred {
  const columns = columnsOf(inputs, hints);
  if (typeof columns === 'string') return { ok: false, message: columns };
  const { given } = hints;
  const task = given.task ?? hints.task;
  const isNumber = task === 'regression' || task === 'anomaly';
  const labels = isNumber ? null : labelsOf(outputs, given.labels ?? hints.labels);
  if (labels?.length === 0) return { ok: false, message: 'The file does not say which classes there are: give them as labels.' };
  return { ok: true, signature: { task, inputs: columns, target: given.target ?? targets[task] ?? 'class', labels } };
}

/** Classes without names are called by their positions, when an output is as wide as they are many. */
function labelsOf(outputs: readonly DescribedValue[], known: readonly string[]): string[] {
  if (known.length > 0) return [...known];
  const width = outputs.map(({ shape }) => shape?.at(-1) ?? -1).find((size) => size > 1) ?? 0;
  return Array.from({ length: width }, (_, k) => String(k));
}

function columnsOf(inputs: readonly DescribedValue[], hints: SignatureHints): SignatureColumn[] | string {
  const [only] = inputs;
  if (only && inputs.length === 1) {
    const names = namesOfOne(only, hints);
    return typeof names === 'string' ? names : names.map((name) => describe(name, only, hints));
  }
  const columns: SignatureColumn[] = [];
  for (const input of inputs) {
    const width = widthOf(input);
    if (width < 1) return `The input ${input.name} does not say how many columns it takes; export it with a fixed width.`;
    if (width === 1) columns.push(describe(input.name, input, hints));
    else for (let k = 0; k < width; k++) columns.push(describe(`${input.name}_${k}`, input, hints));
  }
  const unknown = hints.given.inputs?.find(({ name }) => !columns.some((column) => column.name === name));
  if (unknown) return `The graph has no input ${unknown.name}; it has ${columns.map(({ name }) => name).join(', ')}.`;
  return columns;
}

function namesOfOne(input: DescribedValue, { given, samples }: SignatureHints): string[] | string {
  const width = widthOf(input);
  const named = given.inputs?.map(({ name }) => name) ?? samples?.columns ?? null;
  if (named) {
    if (width > 0 && named.length !== width)
      return `The input ${input.name} takes ${width} columns, and ${given.inputs ? 'the signature' : 'the samples'} name ${named.length}.`;
    if (new Set(named).size !== named.length) return 'Two columns have one name.';
    return [...named];
  }
  if (width < 1) return `The input ${input.name} does not say how many columns it takes: name them in the signature or by samples.`;
  return width === 1 ? [input.name] : Array.from({ length: width }, (_, k) => `f${k}`);
}

/** Values of a row that an input takes; −1 when the graph leaves it open. */
export function widthOf({ shape }: DescribedValue): number {
  if (shape === null) return -1;
  return shape.length < 2 ? 1 : (shape[1] ?? -1);
}

function describe(name: string, { elementType }: DescribedValue, { given, samples }: SignatureHints): SignatureColumn {
  const own = given.inputs?.find((column) => column.name === name);
  const values = samples?.values(name) ?? [];
  const example = values.find((value) => value !== null);
  const type = own?.type ?? types.get(elementType) ?? 'number';
  return {
    name,
    type,
    nullable: own?.nullable ?? values.includes(null),
    ...(own?.levels ? { levels: own.levels } : {}),
    ...(own?.min === undefined ? {} : { min: own.min }),
    ...(own?.max === undefined ? {} : { max: own.max }),
    ...exampleOf(own?.example, example, type),
  };
}

function exampleOf(
  own: SignatureColumn['example'],
  sample: SampleCell | undefined,
  type: SignatureColumn['type'],
): Pick<SignatureColumn, 'example'> {
  if (own !== undefined) return { example: own };
  if (sample === undefined || sample === null) return {};
  if (type === 'text' || type === 'date' || type === 'timestamp') return { example: String(sample) };
  if (type === 'boolean') return { example: sample === true || sample === 'true' || Number(sample) === 1 };
  return Number.isFinite(Number(sample)) ? { example: Number(sample) } : {};
}
