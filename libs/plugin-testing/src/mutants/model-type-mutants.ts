import { pause } from '../contract.js';
import type { Mutant } from './mutant.js';
import type { BroughtModel, ModelType, TrainedModel } from '@crisol/plugin-api';
import { z } from 'zod';

const changed =
  (own: ModelType, change: (model: TrainedModel) => TrainedModel): ModelType['train'] =>
  async (...args) =>
    change(await own.train(...args));
const bringOf = (own: ModelType): NonNullable<ModelType['bring']> => own.bring ?? (() => Promise.reject(new TypeError('It has no bring.')));
const broughtBy =
  (own: ModelType, change: (model: BroughtModel) => BroughtModel): NonNullable<ModelType['bring']> =>
  async (...args) =>
    change(await bringOf(own)(...args));

export const modelTypeMutants: readonly Mutant<ModelType>[] = [
  {
    name: 'forgets the last column in its graph',
    failedBy: 'trains each task that it declares and gives an ONNX graph that names every input column',
    change: (own) => ({
      ...own,
      train: changed(own, (model) => ({ ...model, onnx: Buffer.from(Buffer.from(model.onnx).toString().replace('colour', 'column')) })),
    }),
  },
  {
    name: 'trains another model each time',
    failedBy: 'gives the same model for the same input and seed, from another instance too',
    change: (own) => {
      const seen = new Set<string>();
      return {
        ...own,
        train: async (input, ...rest) => {
          const model = await own.train(input, ...rest);
          const again = input.table.rows === 120 && seen.has(input.task);
          seen.add(input.task);
          return again ? { ...model, onnx: Buffer.concat([model.onnx, Buffer.from(crypto.randomUUID())]) } : model;
        },
      };
    },
  },
  {
    name: 'gives a negative importance',
    failedBy: 'gives each input column an importance that is not negative',
    change: (own) => ({
      ...own,
      train: async (...args) => {
        const model = await own.train(...args);
        return { ...model, importance: model.importance.map((one) => ({ ...one, value: -1 })) };
      },
    }),
  },
  {
    name: 'predicts a row otherwise when it comes alone',
    failedBy: 'predicts a batch as it predicts row by row, with finite numbers and probabilities that sum to one',
    change: (own) => ({
      ...own,
      train: async (...args) => {
        const model = await own.train(...args);
        return {
          ...model,
          predict: (table) => (model.predict?.(table) ?? new Float64Array()).map((value) => (table.rows === 1 ? value / 2 : value)),
        };
      },
    }),
  },
  {
    name: 'fills missing values in the host’s own arrays',
    failedBy: 'leaves the table, the target and the parameters as they were',
    change: (own) => ({
      ...own,
      train: (input, ...rest) => {
        for (const column of input.table.columns)
          if (column.type !== 'text') column.values.forEach((value, i, all) => (all[i] = Number.isNaN(value) ? 0 : value));
        return own.train(input, ...rest);
      },
    }),
  },
  {
    name: 'reports progress backwards',
    failedBy: 'reports progress that only grows, from 0 to 1',
    change: (own) => ({
      ...own,
      train: (input, report, signal) =>
        own.train(input, { ...report, progress: (ratio, message) => report.progress(1 - ratio, message) }, signal),
    }),
  },
  {
    name: 'ignores the abort',
    failedBy: 'stops within two seconds when it is aborted',
    change: (own) => ({ ...own, train: (input, report) => own.train(input, report, new AbortController().signal) }),
  },
  {
    name: 'takes no rows for a fault of its own',
    failedBy: 'refuses a table without rows, saying so',
    change: (own) => ({
      ...own,
      train: (input, ...rest) =>
        input.table.rows === 0 ? Promise.reject(new TypeError('cannot read properties of undefined')) : own.train(input, ...rest),
    }),
  },
  {
    name: 'takes unknown parameters',
    failedBy: 'has parameters with a default each, that refuse unknown keys and export as JSON Schema',
    change: (own) => {
      const strict = own.params;
      return { ...own, params: z.looseObject({}).pipe(z.transform(() => strict.parse({}))) };
    },
  },
  {
    name: 'keeps the table of the last call in a field',
    failedBy: 'trains two tables at the same time as it trains one',
    change: (own) => {
      let current: Parameters<ModelType['train']>[0];
      return {
        ...own,
        train: async (input, ...rest) => {
          current = input;
          await Promise.resolve();
          return own.train(current, ...rest);
        },
      };
    },
  },
  {
    name: 'answers late after an abort',
    failedBy: 'ends within two seconds of an abort in the middle, by an error or with a whole model',
    change: (own) => ({
      ...own,
      train: async (input, report, signal) => {
        signal.throwIfAborted();
        return own.train(input, report, signal).catch(async (error) => {
          await pause(3_000);
          throw error;
        });
      },
    }),
  },
  {
    name: 'divides by the number of values of a column',
    failedBy: 'trains on a column without any value, and names it in the graph all the same',
    change: (own) => ({
      ...own,
      train: (input, ...rest) =>
        input.table.columns.some((column) => column.type !== 'text' && input.table.rows > 0 && column.values.every(Number.isNaN))
          ? Promise.reject(new RangeError('The mean is not a number.'))
          : own.train(input, ...rest),
    }),
  },
  {
    name: 'loses columns of many values',
    failedBy: 'trains on 5,000 rows with a text column of 400 values',
    change: (own) => ({
      ...own,
      train: (input, ...rest) => {
        const columns = input.table.columns.filter((column) => column.type !== 'text' || column.levels.length <= 100);
        return own.train({ ...input, table: { ...input.table, columns } }, ...rest);
      },
    }),
  },
  {
    name: 'writes random states into its checkpoints',
    failedBy: 'goes on from its own checkpoint and ends at the same model',
    change: (own) => ({
      ...own,
      train: async (input, ...rest) => {
        const model = await own.train(input, ...rest);
        return input.checkpoint ? { ...model, onnx: Buffer.concat([model.onnx, input.checkpoint]) } : model;
      },
    }),
  },
  {
    name: 'throws a string when it has nothing to train on',
    failedBy: 'refuses a table without rows, saying so',
    change: (own) => ({
      ...own,
      train: (input, ...rest) => (input.table.rows === 0 ? Promise.reject('no rows') : own.train(input, ...rest)),
    }),
  },
  {
    name: 'gives one text for a list of notes',
    failedBy: 'gives notes, figures and names of groups in the shapes that the contract names',
    // A plain program can give another shape than the types say.
    change: (own) => ({ ...own, train: changed(own, (model) => ({ ...model, notes: 'one note' as never })) }),
  },
  {
    name: 'gives a figure that is not a number',
    failedBy: 'gives notes, figures and names of groups in the shapes that the contract names',
    change: (own) => ({ ...own, train: changed(own, (model) => ({ ...model, metrics: { loss: NaN } })) }),
  },
  {
    name: 'loses the row of a table of one',
    failedBy: 'predicts a batch as it predicts row by row, with finite numbers and probabilities that sum to one',
    change: (own) => ({
      ...own,
      train: changed(own, (model) => ({
        ...model,
        predict: (table) => (table.rows === 1 ? new Float64Array() : (model.predict?.(table) ?? new Float64Array())),
      })),
    }),
  },
  {
    name: 'explains more than there is',
    failedBy: 'explains its answers by contributions that add up to them',
    change: (own) => ({
      ...own,
      explain: async (onnx, table, signal) => {
        const explanation = await own.explain?.(onnx, table, signal);
        return {
          baseline: 0,
          unit: 'prediction' as const,
          ...explanation,
          contributions: new Float64Array(table.rows * table.columns.length).fill(1),
        };
      },
    }),
  },
  {
    name: 'searches where its parameters do not go',
    failedBy: 'has search ranges whose values fit the parameters',
    change: (own) => ({ ...own, search: { rounds: { kind: 'int', low: 0, high: 1_000 } } }),
  },
  {
    name: 'takes a brought model for another',
    failedBy: 'takes a brought artifact and says what it is',
    change: (own) => ({ ...own, bring: broughtBy(own, (model) => ({ ...model, labels: ['yes', 'no'] })) }),
  },
  {
    name: 'writes into the files that were brought',
    failedBy: 'leaves the files of a brought artifact as they were',
    change: (own) => ({
      ...own,
      bring: async (artifact, ...rest) => {
        const model = await bringOf(own)(artifact, ...rest);
        artifact.files['model.onnx']?.fill(0, 0, 1);
        return { ...model, onnx: Uint8Array.of(1) };
      },
    }),
  },
  {
    name: 'brings what is no model',
    failedBy: 'refuses files that are not what it takes, and none, saying what would be right',
    change: (own) => ({
      ...own,
      bring: (artifact, ...rest) =>
        bringOf(own)(artifact, ...rest).catch((error: Error) => Promise.reject(rest[1].aborted ? error : new TypeError(error.message))),
    }),
  },
  {
    name: 'brings although it was aborted',
    failedBy: 'does not take an artifact when it was aborted before it began',
    change: (own) => ({ ...own, bring: (artifact, report) => bringOf(own)(artifact, report, new AbortController().signal) }),
  },
];
