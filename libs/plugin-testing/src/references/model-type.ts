import {
  definePlugin,
  PluginError,
  type ModelType,
  type PluginManifest,
  type Table,
  type TrainedModel,
  type TrainingInput,
} from '@crisol/plugin-api';
import { z } from 'zod';
import { permissions } from '../permissions.js';
import type { ModelTypeSubject } from '../kits/model-type.contract.js';
import type { Change } from './notifier.js';

const manifest: PluginManifest = {
  id: 'reference-model-type',
  kinds: ['model-type'],
  api: '^1.0',
  permissions: permissions({ hosts: [] }),
};

/** Always answers with the mean, or the shares of the classes: the simplest model that keeps every promise. Its graph is only a list of inputs. */
function baseline(input: TrainingInput<unknown>): TrainedModel {
  const { target, labels, table } = input;
  if (target === null) throw new PluginError('invalid_input', 'It needs a target.');
  const shares =
    target.type === 'text'
      ? labels.map((label) => target.codes.filter((code) => target.levels[code] === label).length / table.rows)
      : [target.values.reduce((sum, value) => sum + value, 0) / table.rows];
  return {
    onnx: new TextEncoder().encode(`${table.columns.map(({ name }) => name).join()} ${shares.join()}`),
    importance: table.columns.map(({ name }) => ({ column: name, value: 0 })),
    notes: [],
    predict: (rows: Table) => Float64Array.from({ length: rows.rows * shares.length }, (_, i) => shares[i % shares.length] ?? 0),
  };
}

const reference: ModelType = {
  name: 'reference',
  title: 'Reference',
  description: 'Answers with what is commonest',
  tasks: ['regression', 'binary', 'multiclass'],
  params: z.strictObject({ rounds: z.int().min(1).default(2) }),
  async train(input, report, signal) {
    if (input.table.rows === 0) throw new PluginError('unusable_data', 'A table without rows cannot be trained on.');
    for (const ratio of [0, 0.5, 1]) {
      await Promise.resolve();
      signal.throwIfAborted();
      report.progress(ratio, 'counting');
    }
    return baseline(input);
  },
};

export function modelTypeSubject(change: Change<ModelType> = (modelType) => modelType): ModelTypeSubject {
  return { plugin: definePlugin({ id: 'reference-model-type', setup: () => ({ modelTypes: [change({ ...reference })] }) }), manifest };
}
export const modelTypeCapabilities = ['predict'];
