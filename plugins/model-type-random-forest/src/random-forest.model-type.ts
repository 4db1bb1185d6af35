import { classIndices, exportTrees, predictEnsemble, trainForest, UnusableDataError } from '@crisol/learners';
import { PluginError, type ModelType, type TrainedModel, type TrainingInput, type TrainingReport } from '@crisol/plugin-api';
import { RandomForestParams, randomForestSearch } from './random-forest.params.js';

/** Bagged trees for numbers and classes. */
export function randomForest(): ModelType<RandomForestParams> {
  return {
    name: 'random-forest',
    title: 'Random forest',
    description: 'Many deep trees on random samples, averaged. Needs little tuning and shows an honest out-of-bag score.',
    tasks: ['regression', 'binary', 'multiclass'],
    params: RandomForestParams,
    search: randomForestSearch,
    train,
  };
}

async function train(input: TrainingInput<RandomForestParams>, report: TrainingReport, signal: AbortSignal): Promise<TrainedModel> {
  const { task, table, target, labels, params, seed } = input;
  if (target === null || task === 'anomaly' || task === 'clustering')
    throw new PluginError('invalid_input', `It needs a target and cannot learn ${task}.`);
  try {
    const values = target.type === 'text' ? classIndices(target, labels) : target.values;
    const trained = await trainForest({ task, table, target: values, classCount: labels.length, seed }, params, report, signal);
    return {
      onnx: exportTrees(trained.ensemble, labels),
      importance: trained.importance,
      notes: trained.notes,
      predict: (rows) => predictEnsemble(trained.ensemble, rows),
    };
  } catch (error) {
    if (error instanceof UnusableDataError) throw new PluginError('unusable_data', error.message, { cause: error });
    throw error;
  }
}
