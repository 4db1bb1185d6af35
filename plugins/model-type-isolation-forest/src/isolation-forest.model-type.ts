import { exportIsolation, predictIsolation, trainIsolationForest, UnusableDataError } from '@crisol/learners';
import { PluginError, type ModelType, type TrainedModel, type TrainingInput, type TrainingReport } from '@crisol/plugin-api';
import { IsolationForestParams, isolationForestSearch } from './isolation-forest.params.js';

/** Random trees that cut unusual rows off early. */
export function isolationForest(): ModelType<IsolationForestParams> {
  return {
    name: 'isolation-forest',
    title: 'Isolation forest',
    description:
      'Says how unusual a row is, from 0 to 1, without a target: random trees cut unusual rows off early. About 0.5 and below is ordinary.',
    tasks: ['anomaly'],
    params: IsolationForestParams,
    search: isolationForestSearch,
    train,
  };
}

async function train(input: TrainingInput<IsolationForestParams>, report: TrainingReport, signal: AbortSignal): Promise<TrainedModel> {
  const { task, table, params, seed } = input;
  if (task !== 'anomaly')
    throw new PluginError('invalid_input', `It finds unusual rows and cannot learn ${task}; choose the task anomaly.`);
  try {
    const { forest, importance, notes, metrics } = await trainIsolationForest({ table, seed }, params, report, signal);
    return { onnx: exportIsolation(forest), importance, notes, metrics, predict: (rows) => predictIsolation(forest, rows) };
  } catch (error) {
    if (error instanceof UnusableDataError) throw new PluginError('unusable_data', error.message, { cause: error });
    throw error;
  }
}
