import { exportKMeans, predictKMeans, trainKMeans, UnusableDataError } from '@crisol/learners';
import { PluginError, type ModelType, type TrainedModel, type TrainingInput, type TrainingReport } from '@crisol/plugin-api';
import { KMeansParams, kmeansSearch } from './kmeans.params.js';

/** Groups around centres. */
export function kmeans(): ModelType<KMeansParams> {
  return {
    name: 'kmeans',
    title: 'k-means',
    description: 'Puts rows into a given number of groups, each around a centre, without a target; says how near a row is to each.',
    tasks: ['clustering'],
    params: KMeansParams,
    search: kmeansSearch,
    train,
  };
}

async function train(input: TrainingInput<KMeansParams>, report: TrainingReport, signal: AbortSignal): Promise<TrainedModel> {
  const { task, table, params, seed } = input;
  if (task !== 'clustering')
    throw new PluginError('invalid_input', `It makes groups and cannot learn ${task}; choose the task clustering.`);
  const labels = Array.from({ length: params.clusters }, (_, k) => String(k));
  try {
    const { model, importance, notes, metrics } = await trainKMeans({ table, seed }, params, report, signal);
    return { onnx: exportKMeans(model, labels), importance, notes, metrics, labels, predict: (rows) => predictKMeans(model, rows) };
  } catch (error) {
    if (error instanceof UnusableDataError) throw new PluginError('unusable_data', error.message, { cause: error });
    throw error;
  }
}
