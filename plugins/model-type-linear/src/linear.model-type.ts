import { classIndices, explainLinear, exportLinear, predictLinear, trainLinear, UnusableDataError } from '@crisol/learners';
import {
  PluginError,
  type Explanation,
  type ModelType,
  type Table,
  type TrainedModel,
  type TrainingInput,
  type TrainingReport,
} from '@crisol/plugin-api';
import { LinearParams, linearSearch } from './linear.params.js';

// max|gradient| / rows at which a fit counts as converged; scikit-learn stops at 1e-4.
const tolerance = 1e-6;

/** Ridge regression for numbers, logistic and softmax regression for classes. */
export function linear(): ModelType<LinearParams> {
  return {
    name: 'linear',
    title: 'Linear model',
    description:
      'A weighted sum of the columns: ridge regression for numbers, logistic regression for classes. Fast, small and easy to explain.',
    tasks: ['regression', 'binary', 'multiclass'],
    params: LinearParams,
    search: linearSearch,
    train,
    explain,
  };
}

async function train(input: TrainingInput<LinearParams>, report: TrainingReport, signal: AbortSignal): Promise<TrainedModel> {
  const { task, table, target, labels, params, seed } = input;
  if (target === null || task === 'anomaly' || task === 'clustering')
    throw new PluginError('invalid_input', `It needs a target and cannot learn ${task}.`);
  try {
    const values = target.type === 'text' ? classIndices(target, labels) : target.values;
    const data = { task, table, target: values, classCount: labels.length, seed };
    const trained = await trainLinear(data, { ...params, tolerance }, report, signal);
    return {
      onnx: exportLinear(trained.model, labels),
      importance: trained.importance,
      notes: trained.notes,
      predict: (rows) => predictLinear(trained.model, rows),
    };
  } catch (error) {
    if (error instanceof UnusableDataError) throw new PluginError('unusable_data', error.message, { cause: error });
    throw error;
  }
}

// async: a refusal comes as a rejected promise, as from every model type.
async function explain(onnx: Uint8Array, table: Table, signal: AbortSignal): Promise<Explanation> {
  signal.throwIfAborted();
  try {
    return explainLinear(onnx, table);
  } catch (error) {
    if (error instanceof UnusableDataError) throw new PluginError('invalid_input', error.message, { cause: error });
    throw error;
  }
}
