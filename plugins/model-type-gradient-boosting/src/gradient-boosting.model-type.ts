import { classIndices, exportTrees, predictEnsemble, trainBoosting, UnusableDataError } from '@crisol/learners';
import { PluginError, type ModelType, type TrainedModel, type TrainingInput, type TrainingReport } from '@crisol/plugin-api';
import { GradientBoostingParams, gradientBoostingSearch } from './gradient-boosting.params.js';

/** Gradient boosted trees on histograms, for numbers and classes. */
export function gradientBoosting(): ModelType<GradientBoostingParams> {
  return {
    name: 'gradient-boosting',
    title: 'Gradient boosting',
    description:
      'Many small trees, each correcting the ones before. The best first choice for tables; takes missing values and texts as they are.',
    tasks: ['regression', 'binary', 'multiclass'],
    params: GradientBoostingParams,
    search: gradientBoostingSearch,
    train,
  };
}

async function train(input: TrainingInput<GradientBoostingParams>, report: TrainingReport, signal: AbortSignal): Promise<TrainedModel> {
  const { task, table, target, labels, params, seed } = input;
  if (target === null || task === 'anomaly' || task === 'clustering')
    throw new PluginError('invalid_input', `It needs a target and cannot learn ${task}.`);
  try {
    const monotone = Object.fromEntries(
      Object.entries(params.monotone).map(([name, way]) => [name, way === 'rising' ? (1 as const) : (-1 as const)]),
    );
    for (const name of Object.keys(monotone)) {
      const column = table.columns.find((candidate) => candidate.name === name);
      if (column === undefined || column.type === 'text' || column.type === 'date' || column.type === 'timestamp') {
        throw new PluginError('invalid_input', `"${name}" under monotone columns is not a numeric input column.`);
      }
    }
    if (task === 'multiclass' && Object.keys(monotone).length > 0) {
      throw new PluginError('invalid_input', 'Monotone columns have no meaning for several classes; leave them empty.');
    }
    const values = target.type === 'text' ? classIndices(target, labels) : target.values;
    const trained = await trainBoosting(
      { task, table, target: values, classCount: labels.length, seed },
      { ...params, monotone },
      report,
      signal,
    );
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
