import type { TrainedModel } from '@crisol/plugin-api';
import { ensure, thrownBy, within, type ContractCase } from '../../contract.js';
import { ensurePluginError, inWords, same, unchanged } from '../compare.js';
import {
  anInputWithAnEmptyColumn,
  aTrainingInput,
  aWideTrainingInput,
  forEachTask,
  forOneTask,
  open,
  silentReport,
  train,
  type ModelTypeSubject,
} from './subject.js';

const MAX_CHECKPOINT_BYTES = 16 * 1024 * 1024;

function ensureNames(onnx: Uint8Array, names: readonly string[], task: string): void {
  ensure(onnx.byteLength > 0, `The ONNX graph for ${task} is empty.`);
  const bytes = Buffer.from(onnx.buffer, onnx.byteOffset, onnx.byteLength);
  for (const name of names) ensure(bytes.includes(name), `The ONNX graph for ${task} has no input called ${name}.`);
}

/** What a training promises while it runs. */
export const trainingCases: readonly ContractCase<ModelTypeSubject>[] = [
  {
    name: 'trains each task that it declares and gives an ONNX graph that names every input column',
    async run(subject) {
      const { tasks, bring } = open(subject).modelType;
      ensure(tasks.length > 0 || bring !== undefined, 'It declares no task and brings nothing.');
      await forEachTask(subject, async (task, modelType, params) => {
        const input = aTrainingInput(task, params);
        const { onnx } = await train(modelType, input);
        ensureNames(
          onnx,
          input.table.columns.map(({ name }) => name),
          task,
        );
      });
    },
  },
  {
    name: 'gives the same model for the same input and seed, from another instance too',
    async run(subject) {
      const other = open(subject).modelType;
      await forEachTask(subject, async (task, modelType, params) => {
        const models: TrainedModel[] = [];
        for (const one of [modelType, modelType, other]) models.push(await train(one, aTrainingInput(task, params)));
        ensure(
          models.every(({ onnx }) => same(onnx, models[0]?.onnx)),
          `Three trainings for ${task} with one input and one seed gave different models: take random numbers from the seed alone.`,
        );
      });
    },
  },
  {
    name: 'trains two tables at the same time as it trains one',
    async run(subject) {
      await forOneTask(subject, async (task, modelType, params) => {
        const [small, large] = [aTrainingInput(task, params, 60), aTrainingInput(task, params)];
        const alone = await train(modelType, small);
        const [together] = await Promise.all([train(modelType, small), train(modelType, large)]);
        ensure(same(alone.onnx, together.onnx), 'Two trainings at the same time mixed their tables: keep no state between calls.');
      });
    },
  },
  {
    name: 'leaves the table, the target and the parameters as they were',
    async run(subject) {
      await forEachTask(subject, async (task, modelType, params) => {
        const input = aTrainingInput(task, params);
        await unchanged(input, 'It wrote into the table, the target or the parameters that it was given.', () => train(modelType, input));
      });
    },
  },
  {
    name: 'reports progress that only grows, from 0 to 1',
    async run(subject) {
      await forOneTask(subject, async (task, modelType, params) => {
        const seen: number[] = [];
        await train(modelType, aTrainingInput(task, params), { ...silentReport, progress: (ratio) => seen.push(ratio) });
        ensure(seen.length > 0, 'It reports no progress.');
        ensure(
          seen.every((ratio, i) => ratio >= (seen[i - 1] ?? 0) && ratio <= 1),
          `The progress goes ${seen.slice(0, 10).join(', ')}.`,
        );
      });
    },
  },
  {
    name: 'stops within two seconds when it is aborted',
    async run(subject) {
      await forOneTask(subject, async (task, modelType, params) => {
        const abort = new AbortController();
        abort.abort();
        const training = thrownBy(
          () => modelType.train(aTrainingInput(task, params), silentReport, abort.signal),
          'It finishes a training that was aborted before it began.',
        );
        await within(2_000, 'It goes on for more than two seconds after the abort.', () => training);
      });
    },
  },
  {
    name: 'ends within two seconds of an abort in the middle, by an error or with a whole model',
    async run(subject) {
      await forOneTask(subject, async (task, modelType, params) => {
        const abort = new AbortController();
        const aborted = Promise.withResolvers<void>();
        const report = {
          ...silentReport,
          progress: () => {
            abort.abort();
            aborted.resolve();
          },
        };
        const ended = modelType.train(aTrainingInput(task, params), report, abort.signal).then(
          () => undefined,
          () => undefined,
        );
        await Promise.race([aborted.promise, ended]);
        await within(
          2_000,
          'It goes on for more than two seconds after an abort in the middle: look at the signal in each round.',
          () => ended,
        );
      });
    },
  },
  {
    name: 'refuses a table without rows, saying so',
    async run(subject) {
      await forOneTask(subject, async (task, modelType, params) => {
        const thrown = await thrownBy(() => train(modelType, aTrainingInput(task, params, 0)), 'It trains on a table without rows.');
        ensurePluginError(thrown, ['unusable_data'], 'On a table without rows');
      });
    },
  },
  {
    name: 'trains on a column without any value, and names it in the graph all the same',
    async run(subject) {
      await forEachTask(subject, async (task, modelType, params) => {
        try {
          ensureNames((await train(modelType, anInputWithAnEmptyColumn(task, params))).onnx, ['nothing'], task);
        } catch (error) {
          ensure(false, `With a column that is missing in every row the training for ${task} fails: ${inWords(error)}`);
        }
      });
    },
  },
  {
    name: 'trains on 5,000 rows with a text column of 400 values',
    async run(subject) {
      await forOneTask(subject, async (task, modelType, params) => {
        try {
          ensureNames((await train(modelType, aWideTrainingInput(task, params, 5_000, 400))).onnx, ['city'], task);
        } catch (error) {
          ensure(false, `On 5,000 rows and a text column of 400 values the training for ${task} fails: ${inWords(error)}`);
        }
      });
    },
  },
  {
    name: 'goes on from its own checkpoint and ends at the same model',
    needs: 'checkpoint',
    async run(subject) {
      await forEachTask(subject, async (task, modelType, params) => {
        const kept: Uint8Array[] = [];
        const input = aTrainingInput(task, params);
        const report = { ...silentReport, saveCheckpoint: async (bytes: Uint8Array) => void kept.push(bytes.slice()) };
        const whole = await train(modelType, input, report);
        const checkpoint = kept[Math.floor(kept.length / 2)];
        ensure(checkpoint !== undefined, `A training for ${task} saves no checkpoint.`);
        ensure(
          kept.every(({ byteLength }) => byteLength <= MAX_CHECKPOINT_BYTES),
          'A checkpoint is larger than the 16 MiB that the host keeps.',
        );
        const resumed = await train(open(subject).modelType, { ...input, checkpoint });
        ensure(
          same(resumed.onnx, whole.onnx),
          `A training for ${task} that goes on from a checkpoint ends at another model than one that ran through.`,
        );
      });
    },
  },
];
