import { classNames, DataType, type DescribedValue, type Model, type ModelDescription } from '@crisol/onnx';
import { PluginError, type Task } from '@crisol/plugin-api';
import type { OnnxParams } from './onnx.params.js';

/** What a brought graph answers. */
export interface Answers {
  readonly task: Task;
  readonly labels: readonly string[];
  /** The output that holds the number or the probabilities; undefined when only a label comes. */
  readonly output: DescribedValue | undefined;
  readonly notes: readonly string[];
}

const reals: ReadonlySet<number> = new Set([DataType.FLOAT, DataType.DOUBLE]);
const integers: ReadonlySet<number> = new Set([DataType.INT64, DataType.INT32]);
const classifiers = /^(TreeEnsemble|Linear|SVM)Classifier$|^ZipMap$/;
const examples = 'one number for each row (regression), or a label and probabilities of the classes';

/**
 * Reads from operators and outputs what a model predicts, and its classes from ZipMap, a classifier or a LabelEncoder.
 * @param model - as it came, with ZipMap
 * @param described - the cleaned one
 */
export function inferAnswers(model: Model, described: ModelDescription, params: OnnxParams): Answers {
  const named = params.labels.length > 0 ? params.labels : classNames(model);
  const output = answerOf(described);
  const task = params.task === 'auto' ? taskOf(model, described, output, named) : params.task;
  if (task === 'regression' || task === 'anomaly') {
    if (output === undefined) throw refusal(`The outputs are ${namesOf(described)}; for ${task} one number for each row would be right.`);
    const width = widthOf(output);
    if (width > 1) throw refusal(`The output ${output.name} gives ${width} numbers for each row; for ${task} one would be right.`);
    return { task, labels: [], output, notes: [] };
  }
  const { notes, ...found } = labelsOf(task, named, output, described);
  return { task, ...found, notes: [...notes, ...logitNotes(task, described)] };
}

function labelsOf(
  task: Task,
  named: readonly string[],
  output: DescribedValue | undefined,
  described: ModelDescription,
): Pick<Answers, 'labels' | 'output' | 'notes'> {
  const width = output === undefined ? -1 : widthOf(output);
  const single = width === 1 && task === 'binary';
  const count = single ? 2 : width;
  if (output === undefined && named.length === 0)
    throw refusal(
      `The outputs are ${namesOf(described)} and the file names no classes: give the probabilities as an output, or the classes.`,
    );
  if (named.length === 0 && count < 2)
    throw refusal('Neither the file nor its shapes say which classes there are: give their names in the order of the probabilities.');
  const labels = named.length > 0 ? named : Array.from({ length: count }, (_, k) => String(k));
  if (new Set(labels).size !== labels.length) throw refusal(`A class is named twice: ${labels.join(', ')}.`);
  if (count > 0 && count !== labels.length)
    throw refusal(
      `The graph gives ${count} probabilities and there are ${labels.length} classes (${shortList(labels)}): name as many as it gives.`,
    );
  if (task === 'binary' && labels.length !== 2)
    throw refusal(`A model with ${labels.length} classes is not binary; multiclass would be right.`);
  const notes =
    named.length > 0 || task === 'clustering' ? [] : [`The file does not name its classes; they are called ${shortList(labels)}.`];
  return { labels, output, notes };
}

/** A network that ends without a Softmax gives scores of any size, which would be served as probabilities. */
function logitNotes(task: Task, { operators }: ModelDescription): string[] {
  if (task === 'clustering' || operators.some(({ name }) => /Softmax|Sigmoid|Normalizer|Classifier|Div|ZipMap/.test(name))) return [];
  return ['The graph has no Softmax and no Sigmoid: make sure that it gives probabilities, and not scores of any size.'];
}

/** The output with real numbers: probabilities before scores before anything else. */
function answerOf({ outputs }: ModelDescription): DescribedValue | undefined {
  const real = outputs.filter(({ elementType }) => reals.has(elementType));
  const byName = (pattern: RegExp) => real.find(({ name }) => pattern.test(name));
  return byName(/prob/i) ?? byName(/score/i) ?? byName(/^(prediction|variable|output|y)/i) ?? real[0];
}

function taskOf(model: Model, described: ModelDescription, output: DescribedValue | undefined, named: readonly string[]): Task {
  const operators = new Set(model.graph.nodes.map(({ opType }) => opType));
  const label = described.outputs.find((value) => /label|class|cluster/i.test(value.name) && value !== output);
  const classifies = [...operators].some((name) => classifiers.test(name)) || (output !== undefined && /prob/i.test(output.name));
  if (classifies || named.length > 0) {
    const count = named.length > 0 ? named.length : output === undefined ? 0 : Math.max(2, widthOf(output));
    return count === 2 ? 'binary' : 'multiclass';
  }
  if (label !== undefined && integers.has(label.elementType) && output !== undefined) {
    if (widthOf(output) === 1) return 'anomaly';
    if (operators.has('ArgMin')) return 'clustering';
  }
  if (label === undefined && output !== undefined && described.outputs.length === 1 && widthOf(output) <= 1) return 'regression';
  throw refusal(`What the model predicts cannot be told from its outputs ${namesOf(described)}: say the task, or export ${examples}.`);
}

/** Numbers of a row in an output: the last axis, 1 without one, −1 when the file does not say. */
export function widthOf({ shape }: DescribedValue): number {
  if (shape === null) return -1;
  return shape.length <= 1 ? 1 : (shape.at(-1) ?? -1);
}

export function refusal(message: string): PluginError {
  return new PluginError('invalid_input', message);
}

function namesOf({ outputs }: ModelDescription): string {
  return shortList(outputs.map(({ name }) => name));
}

function shortList(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} …` : names.join(', ') || 'none';
}
