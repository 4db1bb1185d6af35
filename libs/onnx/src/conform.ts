import { classNames } from './classes.js';
import { cleanModel } from './clean.js';
import { describeModel, type DescribedValue } from './describe.js';
import { GraphEditor, tensorValue } from './graph-editor.js';
import { DataType, type Model, type ValueInfo } from './model.js';

/** A column as the graph shall take it. */
export interface ConformColumn {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'date' | 'timestamp' | 'text';
}
/** What a graph shall take and give. */
export interface ConformTo {
  readonly columns: readonly ConformColumn[];
  readonly task: 'regression' | 'binary' | 'multiclass' | 'anomaly' | 'clustering';
  /** The classes in the order in which the probabilities shall come; for `clustering` those of the file are taken when empty. */
  readonly labels: readonly string[];
}

/** The graph cannot be brought to what is asked; the message says what would be right. */
export class ConformError extends Error {
  override readonly name = 'ConformError';
}

const numeric: ReadonlySet<number> = new Set([DataType.FLOAT, DataType.DOUBLE, DataType.INT64, DataType.INT32, DataType.BOOL]);
const real: ReadonlySet<number> = new Set([DataType.FLOAT, DataType.DOUBLE]);

/**
 * Brings a graph that some other tool wrote to one input for each column and the outputs `prediction`, or `label` and
 * `probabilities`: ZipMap goes, one wide input is put together from the columns, other number types are cast, probabilities
 * are put into the order of the labels and completed from one column to two. Columns that the graph does not take become
 * inputs that nothing reads.
 * @throws ConformError when a column or an output cannot be found
 * @example const { model, labels } = conformModel(decodeModel(bytes), { columns, task: 'binary', labels: ['no', 'yes'] });
 */
export function conformModel(model: Model, to: ConformTo): { readonly model: Model; readonly labels: readonly string[] } {
  const classes = classNames(model);
  const clean = cleanModel(model);
  const { inputs, outputs } = describeModel(clean);
  const editor = new GraphEditor(clean);
  const given = conformInputs(editor, inputs, to.columns);
  const { values, labels } = conformOutputs(editor, outputs, to, classes);
  return { model: editor.finish(given, values), labels };
}

function conformInputs(editor: GraphEditor, inputs: readonly DescribedValue[], columns: readonly ConformColumn[]): ValueInfo[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const [only] = inputs;
  // A column may be called as some inner value of the file.
  for (const { name } of columns) if (!inputs.some((input) => input.name === name)) editor.free(name);
  if (inputs.length === 1 && only !== undefined && isWide(only, columns)) joinColumns(editor, only, columns);
  else for (const input of inputs) takeColumn(editor, input, byName.get(input.name) ?? columnLike(input.name, columns), columns);
  return columns.map(({ name, type }) => tensorValue(name, elementOf(type), ['N', 1]));
}

/** Whether the only input takes all columns: it is called as none of them, or has places for several. */
function isWide(input: DescribedValue, columns: readonly ConformColumn[]): boolean {
  const isColumn = columns.some(({ name }) => name === input.name) || columnLike(input.name, columns) !== undefined;
  return !isColumn || widthOf(input) > 1;
}

/** skl2onnx and others write `first_day` for a column "first day". */
function columnLike(name: string, columns: readonly ConformColumn[]): ConformColumn | undefined {
  const alike = columns.filter((column) => column.name.replaceAll(/[^A-Za-z0-9_]/g, '_') === name);
  return alike.length === 1 ? alike[0] : undefined;
}

function widthOf(value: DescribedValue): number {
  return value.shape !== null && value.shape.length > 1 ? (value.shape.at(-1) ?? -1) : value.shape?.length === 1 ? 1 : -1;
}

function elementOf(type: ConformColumn['type']): number {
  if (type === 'text') return DataType.STRING;
  return type === 'date' || type === 'timestamp' ? DataType.DOUBLE : DataType.FLOAT;
}

function joinColumns(editor: GraphEditor, input: DescribedValue, columns: readonly ConformColumn[]): void {
  const width = widthOf(input);
  if (width > 0 && width !== columns.length)
    throw new ConformError(
      `The input ${input.name} takes ${width} columns and there are ${columns.length} (${columns.map(({ name }) => name).join(', ')}): give it one place for each, in this order, or one input for each column under its name.`,
    );
  const wantsText = input.elementType === DataType.STRING;
  const odd = columns.find(({ type }) => (type === 'text') !== wantsText);
  if (odd !== undefined || !(wantsText || numeric.has(input.elementType)))
    throw new ConformError(
      `The input ${input.name} takes all columns as ${wantsText ? 'texts' : 'numbers'} and the column ${odd?.name ?? ''} is ${wantsText ? 'a number' : 'a text'}: export one input for each column, under its name, with the encoding of texts inside the graph.`,
    );
  const joined = editor.free(input.name);
  const parts = columns.map(({ name, type }) => {
    const from = elementOf(type);
    return from === input.elementType ? name : editor.add('Cast', [name], { to: BigInt(input.elementType) }, 'before');
  });
  editor.write('Concat', parts, joined, { axis: 1n }, 'before');
}

function takeColumn(
  editor: GraphEditor,
  input: DescribedValue,
  column: ConformColumn | undefined,
  columns: readonly ConformColumn[],
): void {
  if (column === undefined)
    throw new ConformError(
      `The graph wants an input ${input.name}; the columns are ${columns.map(({ name }) => name).join(', ')}: name each input as its column, or give one input that takes all of them in this order.`,
    );
  if ((column.type === 'text') !== (input.elementType === DataType.STRING))
    throw new ConformError(
      `The input ${input.name} takes ${input.elementType === DataType.STRING ? 'texts' : 'numbers'} and the column is ${column.type === 'text' ? 'a text' : 'a number'}.`,
    );
  if (column.type !== 'text' && !numeric.has(input.elementType))
    throw new ConformError(`The input ${input.name} is of a type that no column has; float32 would be right.`);
  const isFlat = input.shape?.length === 1;
  if (!isFlat && widthOf(input) > 1)
    throw new ConformError(`The input ${input.name} takes ${widthOf(input)} places and one column has one.`);
  if (!isFlat && input.elementType === elementOf(column.type) && input.name === column.name) return;
  const wanted = editor.free(input.name);
  let value = column.name;
  if (input.elementType !== elementOf(column.type)) value = editor.add('Cast', [value], { to: BigInt(input.elementType) }, 'before');
  if (isFlat) editor.write('Reshape', [value, editor.constant(BigInt64Array.of(-1n))], wanted, {}, 'before');
  else editor.write('Identity', [value], wanted, {}, 'before');
}

function conformOutputs(
  editor: GraphEditor,
  outputs: readonly DescribedValue[],
  { task, labels }: ConformTo,
  classes: readonly string[],
): { values: ValueInfo[]; labels: readonly string[] } {
  const names = outputs.map(({ name }) => name).join(', ') || 'none';
  for (const name of ['prediction', 'label', 'probabilities']) editor.free(name);
  const numbers = outputs.filter(({ elementType }) => numeric.has(elementType));
  if (task === 'regression' || task === 'anomaly') {
    const found = numbers.find(({ name }) => /^(prediction|variable|output|y|score)/i.test(name)) ?? numbers[0];
    if (found === undefined)
      throw new ConformError(`The outputs are ${names}; one number for each row, called prediction, would be right.`);
    const value = toFloat(editor, found);
    const flat = editor.add('Reshape', [value, editor.constant(BigInt64Array.of(-1n, 1n))]);
    editor.write('Identity', [flat], 'prediction');
    return { values: [tensorValue('prediction', DataType.FLOAT, ['N', 1])], labels: [] };
  }
  const reals = numbers.filter(({ elementType }) => real.has(elementType));
  const found = reals.find(({ name }) => /prob|score|member/i.test(name)) ?? reals[0];
  if (found === undefined)
    throw new ConformError(`The outputs are ${names}; probabilities of the classes, float32 [N, ${labels.length || 'K'}], would be right.`);
  const order = labels.length > 0 ? labels : groupNames(found, classes);
  const probabilities = orderClasses(editor, toFloat(editor, found), widthOf(found), order, classes);
  editor.write('Identity', [probabilities], 'probabilities');
  const best = editor.add('ArgMax', [probabilities], { axis: 1n, keepdims: 0n });
  editor.write('Gather', [editor.constant(order), best], 'label', { axis: 0n });
  return {
    values: [tensorValue('label', DataType.STRING, ['N']), tensorValue('probabilities', DataType.FLOAT, ['N', order.length])],
    labels: order,
  };
}

function groupNames(probabilities: DescribedValue, classes: readonly string[]): readonly string[] {
  if (classes.length > 0) return classes;
  const width = widthOf(probabilities);
  if (width < 2)
    throw new ConformError(`The output ${probabilities.name} does not say how many groups there are: give it the shape [N, K].`);
  return Array.from({ length: width }, (_, k) => String(k));
}

function toFloat(editor: GraphEditor, { name, elementType }: DescribedValue): string {
  const value = editor.nameOf(name);
  return elementType === DataType.FLOAT ? value : editor.add('Cast', [value], { to: BigInt(DataType.FLOAT) });
}

/** The probabilities in the order of the labels. Classes that are no labels are taken as positions 0, 1, … among them. */
function orderClasses(editor: GraphEditor, value: string, width: number, labels: readonly string[], classes: readonly string[]): string {
  if (width === 1 && labels.length === 2) {
    const p = editor.add('Reshape', [value, editor.constant(BigInt64Array.of(-1n, 1n))]);
    return editor.add('Concat', [editor.add('Sub', [editor.constant(Float32Array.of(1)), p]), p], { axis: 1n });
  }
  if (width > 0 && width !== labels.length)
    throw new ConformError(`The graph gives ${width} probabilities and there are ${labels.length} classes (${labels.join(', ')}).`);
  const positions = labels.map((label) => classes.indexOf(label));
  if (classes.length !== labels.length || positions.every((position, i) => position === i)) return value;
  if (positions.includes(-1)) {
    const counted = classes.every((name, i) => name === String(i));
    if (counted) return value;
    throw new ConformError(`The classes of the graph are ${classes.join(', ')} and those of the target ${labels.join(', ')}.`);
  }
  return editor.add('Gather', [value, editor.constant(BigInt64Array.from(positions, BigInt))], { axis: 1n });
}
