import type { Explanation, Task, TrainedModel, TrainingInput } from '@crisol/plugin-api';
import { ensure, type ContractCase } from '../../contract.js';
import { same } from '../compare.js';
import { aTrainingInput, forEachTask, never, oneRow, ROWS, train, type ModelTypeSubject } from './subject.js';

const widthOf = (task: Task, input: TrainingInput<unknown>, model: TrainedModel): number =>
  task === 'regression' || task === 'anomaly' ? 1 : task === 'clustering' ? (model.labels?.length ?? 0) : input.labels.length;

function ensureExplains(explanation: Explanation, input: TrainingInput<unknown>, answers: Float64Array, width: number): void {
  const columns = input.table.columns.length;
  const { baseline, contributions, unit } = explanation;
  ensure(contributions.length === ROWS * columns, `${ROWS} rows of ${columns} columns got ${contributions.length} contributions.`);
  for (let row = 0; row < ROWS; row++) {
    const own = contributions.subarray(row * columns, (row + 1) * columns);
    const sum = own.reduce((total, value) => total + value, baseline);
    const answer = answers[row * width + width - 1] ?? NaN;
    const wanted = unit === 'log_odds' ? Math.log(answer / (1 - answer)) : answer;
    ensure(
      Math.abs(sum - wanted) <= 1e-3 * Math.max(1, Math.abs(wanted)),
      `Row ${row}: the baseline and the contributions add up to ${sum}, the answer in the unit ${unit} is ${wanted}.`,
    );
  }
}

/** What a trained model promises. */
export const modelCases: readonly ContractCase<ModelTypeSubject>[] = [
  {
    name: 'gives notes, figures and names of groups in the shapes that the contract names',
    async run(subject) {
      await forEachTask(subject, async (task, modelType, params) => {
        const { notes, metrics, labels } = await train(modelType, aTrainingInput(task, params));
        ensure(Array.isArray(notes) && notes.every((note) => typeof note === 'string'), 'The notes of a model must be a list of texts.');
        const figures = Object.entries(metrics ?? {});
        for (const [name, value] of figures) ensure(Number.isFinite(value), `The figure ${name} is ${value}: figures are finite numbers.`);
        if (task !== 'clustering') return;
        ensure(labels !== undefined && labels.length > 0, 'A clustering names no groups: give them as labels.');
        ensure(new Set(labels).size === labels.length, 'Two groups of a clustering have one name.');
      });
    },
  },
  {
    name: 'gives each input column an importance that is not negative',
    async run(subject) {
      await forEachTask(subject, async (task, modelType, params) => {
        const input = aTrainingInput(task, params);
        const { importance } = await train(modelType, input);
        const named = importance.map(({ column }) => column).sort();
        const wanted = input.table.columns.map(({ name }) => name).sort();
        ensure(same(named, wanted), `The importance names ${named.join(', ') || 'nothing'}; the columns are ${wanted.join(', ')}.`);
        ensure(
          importance.every(({ value }) => value >= 0 && Number.isFinite(value)),
          'An importance is negative or not finite.',
        );
      });
    },
  },
  {
    name: 'predicts a batch as it predicts row by row, with finite numbers and probabilities that sum to one',
    needs: 'predict',
    async run(subject) {
      await forEachTask(subject, async (task, modelType, params) => {
        const input = aTrainingInput(task, params);
        const model = await train(modelType, input);
        ensure(model.predict !== undefined, 'The model has no predict.');
        const width = widthOf(task, input, model);
        const batch = model.predict(input.table);
        ensure(batch.length === ROWS * width, `predict gives ${batch.length} numbers for ${ROWS} rows of ${width}.`);
        ensure(batch.every(Number.isFinite), `predict gives a number that is not finite (${task}).`);
        for (let row = 0; row < ROWS; row += 13) {
          const [together, alone] = [batch.slice(row * width, (row + 1) * width), model.predict(oneRow(input.table, row))];
          ensure(
            together.every((value, i) => Math.abs(value - (alone[i] ?? NaN)) < 1e-9),
            `Row ${row} alone is predicted otherwise than in the batch (${task}).`,
          );
          const sum = together.reduce((total, value) => total + value, 0);
          ensure(width === 1 || Math.abs(sum - 1) < 1e-6, `The probabilities of row ${row} sum to ${sum}.`);
        }
        ensure(task !== 'anomaly' || batch.every((value) => value >= 0 && value <= 1), 'A score of an anomaly lies outside of 0 to 1.');
      });
    },
  },
  {
    name: 'explains its answers by contributions that add up to them',
    needs: 'explain',
    async run(subject) {
      await forEachTask(subject, async (task, modelType, params) => {
        if (task === 'anomaly' || task === 'clustering') return;
        const input = aTrainingInput(task, params);
        const model = await train(modelType, input);
        ensure(
          modelType.explain !== undefined && model.predict !== undefined,
          'It has no explain, or its models no predict to compare with.',
        );
        const explanation = await modelType.explain(model.onnx, input.table, never());
        ensureExplains(explanation, input, model.predict(input.table), widthOf(task, input, model));
      });
    },
  },
];
