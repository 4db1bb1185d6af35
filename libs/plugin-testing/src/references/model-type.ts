import { PluginError, type Explanation, type ModelType, type Table, type TrainedModel, type TrainingInput } from '@crisol/plugin-api';
import { z } from 'zod';
import type { ModelTypeSubject } from '../kits/model-type/subject.js';
import { referenceSubject, type Change } from './reference-plugin.js';

const Params = z.strictObject({
  rounds: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .meta({ examples: [5] }),
  rate: z.number().positive().max(1).default(0.1),
  start: z.enum(['mean', 'zero']).default('mean'),
});
type Params = z.infer<typeof Params>;
const MAGIC = 'reference-model:';

/** The mean, or the shares of the classes or groups. */
function sharesOf({ task, target, labels, table }: TrainingInput<unknown>): readonly number[] {
  if (task === 'anomaly') return [0.5];
  if (task === 'clustering') return [0.5, 0.5];
  if (target === null) throw new PluginError('invalid_input', 'It needs a target.');
  if (target.type !== 'text') return [target.values.reduce((sum, value) => sum + value, 0) / table.rows];
  return labels.map((label) => target.codes.filter((code) => target.levels[code] === label).length / table.rows);
}

/** Always answers with what is commonest: the simplest model that keeps every promise. Its graph is only a list of inputs. */
function baseline(input: TrainingInput<unknown>): TrainedModel {
  const names = input.table.columns.map(({ name }) => name);
  const shares = sharesOf(input);
  return {
    onnx: new TextEncoder().encode(`${MAGIC}${JSON.stringify({ names, shares })}`),
    importance: names.map((column) => ({ column, value: 0 })),
    notes: ['It answers with what is commonest.'],
    metrics: { rows: input.table.rows },
    ...(input.task === 'clustering' ? { labels: ['first', 'second'] } : {}),
    predict: (rows: Table) => Float64Array.from({ length: rows.rows * shares.length }, (_, i) => shares[i % shares.length] ?? 0),
  };
}

function explain(onnx: Uint8Array, { rows, columns }: Table): Explanation {
  const { shares } = z.object({ shares: z.array(z.number()) }).parse(JSON.parse(new TextDecoder().decode(onnx).slice(MAGIC.length)));
  return { baseline: shares.at(-1) ?? 0, contributions: new Float64Array(rows * columns.length), unit: 'prediction' };
}

const reference: ModelType<Params> = {
  name: 'reference',
  title: 'Reference',
  description: 'Answers with what is commonest',
  tasks: ['regression', 'binary', 'multiclass', 'anomaly', 'clustering'],
  params: Params,
  search: {
    rounds: { kind: 'int', low: 1, high: 100, step: 1 },
    rate: { kind: 'float', low: 0.001, high: 1, log: true },
    start: { kind: 'categorical', choices: ['mean', 'zero'] },
  },
  async train(input, report, signal) {
    if (input.table.rows === 0) throw new PluginError('unusable_data', 'A table without rows cannot be trained on.');
    const done = input.checkpoint?.[0] ?? 0;
    for (let round = done; round <= input.params.rounds; round++) {
      await Promise.resolve();
      signal.throwIfAborted();
      report.progress(round / input.params.rounds, 'counting');
      await report.saveCheckpoint(Uint8Array.of(round));
    }
    return baseline(input);
  },
  explain: (onnx, table) => Promise.resolve(explain(onnx, table)),
  async bring({ files }, _report, signal) {
    signal.throwIfAborted();
    const onnx = files['model.onnx'];
    if (!onnx || !new TextDecoder().decode(onnx).startsWith(MAGIC))
      throw new PluginError('invalid_input', 'It takes one file, model.onnx, that this model type made.');
    return { onnx, task: 'binary', labels: ['no', 'yes'], origin: 'reference', notes: [] };
  },
};

export function modelTypeSubject(change: Change<ModelType> = (modelType) => modelType): ModelTypeSubject {
  return {
    ...referenceSubject('model-type', () => ({ modelTypes: [change({ ...reference })] })),
    brought: { files: { 'model.onnx': new TextEncoder().encode(MAGIC) }, expected: { task: 'binary', labels: ['no', 'yes'] } },
  };
}
export const modelTypeCapabilities = ['predict', 'checkpoint', 'explain', 'bring', 'check'];
