import type { ModelType, Table, TableColumn, Task, TrainedModel, TrainingInput, TrainingReport } from '@crisol/plugin-api';
import { z } from 'zod';
import { ensure, thrownBy, within, type Contract } from '../contract.js';
import { commonCases, ensurePluginError, same, start, unchanged, type PluginSubject } from './common.js';

/** A model type to try. @public @since 1.0 */
export interface ModelTypeSubject extends PluginSubject {
  /** Parameters that make a training of 120 rows quick; the defaults when left out. */
  readonly params?: Readonly<Record<string, unknown>>;
}

const ROWS = 120;
/** A report that nobody reads. @public @since 1.1 */
export const silentReport: TrainingReport = {
  progress: () => undefined,
  metric: () => undefined,
  log: () => undefined,
  saveCheckpoint: () => Promise.resolve(),
};
const never = (): AbortSignal => new AbortController().signal;

/** A small table with every column type, missing values in each, and a target that depends on two of them. @public @since 1.0 */
export function aTrainingInput(task: Task, params: unknown, rows = ROWS): TrainingInput<unknown> {
  const size = Float64Array.from({ length: rows }, (_, i) => (i % 17 === 0 ? NaN : ((i * 37) % 100) / 10));
  const codes = Int32Array.from({ length: rows }, (_, i) => (i % 23 === 0 ? -1 : i % 3));
  const columns: TableColumn[] = [
    { name: 'size', type: 'number', values: size },
    { name: 'count', type: 'integer', values: Float64Array.from({ length: rows }, (_, i) => (i % 19 === 0 ? NaN : (i * 7) % 11)) },
    { name: 'open', type: 'boolean', values: Float64Array.from({ length: rows }, (_, i) => (i % 29 === 0 ? NaN : i % 2)) },
    { name: 'day', type: 'date', values: Float64Array.from({ length: rows }, (_, i) => (i % 31 === 0 ? NaN : 20_000 + i)) },
    { name: 'colour', type: 'text', codes, levels: ['red', 'green', 'blue'] },
  ];
  const score = Float64Array.from({ length: rows }, (_, i) => (Number.isNaN(size[i] ?? NaN) ? 5 : (size[i] ?? 0)) + 2 * (codes[i] ?? 0));
  const labels: string[] = task === 'binary' ? ['no', 'yes'] : task === 'multiclass' ? ['low', 'middle', 'high'] : [];
  const cut = task === 'binary' ? 9 : 5;
  const target: TableColumn | null =
    task === 'anomaly' || task === 'clustering'
      ? null
      : task === 'regression'
        ? { name: 'target', type: 'number', values: score }
        : {
            name: 'target',
            type: 'text',
            codes: Int32Array.from(score, (value) => Math.min(labels.length - 1, Math.max(0, Math.floor(value / cut)))),
            levels: labels,
          };
  return { task, table: { rows, columns }, target, labels, params, seed: 7, checkpoint: null };
}

function open(subject: ModelTypeSubject): { modelType: ModelType; params: unknown } {
  const modelType = start(subject).provided.modelTypes?.[0];
  ensure(modelType !== undefined, 'setup brings no model type.');
  return { modelType, params: modelType.params.parse(subject.params ?? {}) };
}
const train = (modelType: ModelType, input: TrainingInput<unknown>, report = silentReport): Promise<TrainedModel> =>
  modelType.train(input, report, never());

function oneRow(table: Table, row: number): Table {
  return {
    rows: 1,
    columns: table.columns.map((column) =>
      column.type === 'text'
        ? { ...column, codes: column.codes.slice(row, row + 1) }
        : { ...column, values: column.values.slice(row, row + 1) },
    ),
  };
}

/** What a model type promises. Capability `predict`: its models answer without ONNX. @public @since 1.0 */
export const modelTypeContract: Contract<ModelTypeSubject> = {
  kind: 'model type',
  cases: [
    ...commonCases<ModelTypeSubject>(),
    {
      name: 'trains each task that it declares and gives an ONNX graph that names every input column',
      async run(subject) {
        const { modelType, params } = open(subject);
        ensure(modelType.tasks.length > 0, 'It declares no task.');
        for (const task of modelType.tasks) {
          const input = aTrainingInput(task, params);
          const { onnx } = await train(modelType, input);
          ensure(onnx.byteLength > 0, `The ONNX graph for ${task} is empty.`);
          const bytes = Buffer.from(onnx.buffer, onnx.byteOffset, onnx.byteLength);
          for (const { name } of input.table.columns)
            ensure(bytes.includes(name), `The ONNX graph for ${task} has no input called ${name}.`);
        }
      },
    },
    {
      name: 'gives the same model for the same input and seed',
      async run(subject) {
        const { modelType, params } = open(subject);
        for (const task of modelType.tasks) {
          const [one, two] = [await train(modelType, aTrainingInput(task, params)), await train(modelType, aTrainingInput(task, params))];
          ensure(same(one.onnx, two.onnx), `Two trainings for ${task} with one input and one seed gave two models.`);
        }
      },
    },
    {
      name: 'gives each input column an importance that is not negative',
      async run(subject) {
        const { modelType, params } = open(subject);
        for (const task of modelType.tasks) {
          const input = aTrainingInput(task, params);
          const { importance } = await train(modelType, input);
          const named = importance.map(({ column }) => column).sort();
          const wanted = input.table.columns.map(({ name }) => name).sort();
          ensure(same(named, wanted), `The importance names ${named.join(', ') || 'nothing'}; the columns are ${wanted.join(', ')}.`);
          ensure(
            importance.every(({ value }) => value >= 0 && Number.isFinite(value)),
            'An importance is negative or not finite.',
          );
        }
      },
    },
    {
      name: 'predicts a batch as it predicts row by row, with finite numbers and probabilities that sum to one',
      needs: 'predict',
      async run(subject) {
        const { modelType, params } = open(subject);
        for (const task of modelType.tasks) {
          const input = aTrainingInput(task, params);
          const model = await train(modelType, input);
          ensure(model.predict !== undefined, 'The model has no predict.');
          const width = task === 'regression' ? 1 : input.labels.length;
          const batch = model.predict(input.table);
          ensure(batch.length === ROWS * width, `predict gives ${batch.length} numbers for ${ROWS} rows of ${width}.`);
          for (let row = 0; row < ROWS; row += 13) {
            const [together, alone] = [batch.slice(row * width, (row + 1) * width), model.predict(oneRow(input.table, row))];
            ensure(
              together.every((value, i) => Math.abs(value - (alone[i] ?? NaN)) < 1e-9),
              `Row ${row} alone is predicted otherwise than in the batch (${task}).`,
            );
            const sum = together.reduce((total, value) => total + value, 0);
            ensure(task === 'regression' || Math.abs(sum - 1) < 1e-6, `The probabilities of row ${row} sum to ${sum}.`);
          }
        }
      },
    },
    {
      name: 'leaves the table and the target as they were',
      async run(subject) {
        const { modelType, params } = open(subject);
        for (const task of modelType.tasks) {
          const input = aTrainingInput(task, params);
          await unchanged(input, 'It wrote into the table, the target or the parameters that it was given.', () => train(modelType, input));
        }
      },
    },
    {
      name: 'reports progress that only grows, from 0 to 1',
      async run(subject) {
        const { modelType, params } = open(subject);
        const [task] = modelType.tasks;
        if (!task) return;
        const seen: number[] = [];
        await train(modelType, aTrainingInput(task, params), { ...silentReport, progress: (ratio) => seen.push(ratio) });
        ensure(seen.length > 0, 'It reports no progress.');
        ensure(
          seen.every((ratio, i) => ratio >= (seen[i - 1] ?? 0) && ratio <= 1),
          `The progress goes ${seen.slice(0, 10).join(', ')}.`,
        );
      },
    },
    {
      name: 'stops within two seconds when it is aborted',
      async run(subject) {
        const { modelType, params } = open(subject);
        const [task] = modelType.tasks;
        if (!task) return;
        const abort = new AbortController();
        abort.abort();
        const training = thrownBy(
          () => modelType.train(aTrainingInput(task, params), silentReport, abort.signal),
          'It finishes a training that was aborted before it began.',
        );
        await within(2_000, 'It goes on for more than two seconds after the abort.', () => training);
      },
    },
    {
      name: 'refuses a table without rows, saying so',
      async run(subject) {
        const { modelType, params } = open(subject);
        const [task] = modelType.tasks;
        if (!task) return;
        const thrown = await thrownBy(() => train(modelType, aTrainingInput(task, params, 0)), 'It trains on a table without rows.');
        ensurePluginError(thrown, ['unusable_data'], 'On a table without rows');
      },
    },
    {
      name: 'has parameters with a default each, that refuse unknown keys and export as JSON Schema',
      async run(subject) {
        const { modelType } = open(subject);
        ensure(modelType.params.safeParse({}).success, 'A parameter has no default.');
        ensure(!modelType.params.safeParse({ 'no such parameter': 1 }).success, 'The parameters take an unknown key: use z.strictObject.');
        z.toJSONSchema(modelType.params, { io: 'input' });
      },
    },
  ],
};
