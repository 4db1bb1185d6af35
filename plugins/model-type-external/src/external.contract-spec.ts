import { describe, it } from '@jest/globals';
import {
  classIndices,
  exportIsolation,
  exportKMeans,
  exportLinear,
  trainIsolationForest,
  trainKMeans,
  trainLinear,
} from '@crisol/learners';
import { PluginManifest, type CommandRequest, type CommandResult, type Plugin, type PluginCommands } from '@crisol/plugin-api';
import { describeContract, modelTypeContract, silentReport } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { external } from './external.model-type.js';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const Spec = z.object({
  task: z.enum(['regression', 'binary', 'multiclass', 'anomaly', 'clustering']),
  target: z.string().nullable(),
  labels: z.array(z.string()),
  columns: z.array(z.object({ name: z.string() })),
  seed: z.number(),
});
const linear = { alpha: 1, inverseRegularisation: 1, maxIterations: 50, tolerance: 1e-4, standardise: true };

/** Stands for a program: trains on the files that it finds, as a real one would, and leaves its graph. */
const trainer: PluginCommands = {
  async run(request: CommandRequest): Promise<CommandResult> {
    request.signal.throwIfAborted();
    request.onLine?.('{"progress":0.5,"message":"half"}', 'stdout');
    return { endedBy: 'exit', exitCode: 0, files: { 'model.onnx': await fit(request) }, errorTail: '' };
  },
};

async function fit({ files = {}, tables = {}, signal }: CommandRequest): Promise<Uint8Array> {
  const spec = Spec.parse(JSON.parse(String(files['params.json'])));
  const whole = tables['train.parquet'] ?? { rows: 0, columns: [] };
  const table = { rows: whole.rows, columns: whole.columns.filter(({ name }) => name !== spec.target) };
  const { seed, labels, task } = spec;
  if (task === 'anomaly') {
    const options = { trees: 10, sampleRows: 64, maxDepth: 0 };
    return exportIsolation((await trainIsolationForest({ table, seed }, options, silentReport, signal)).forest);
  }
  if (task === 'clustering') {
    const options = { clusters: 3, starts: 1, maxIterations: 20, tolerance: 1e-3, standardise: true };
    return exportKMeans((await trainKMeans({ table, seed }, options, silentReport, signal)).model, ['a', 'b', 'c']);
  }
  const target = whole.columns.find(({ name }) => name === spec.target);
  if (target === undefined) throw new TypeError('The table has no target.');
  const values = target.type === 'text' ? classIndices(target, labels) : target.values;
  const data = { task, table, target: values, classCount: labels.length, seed };
  return exportLinear((await trainLinear(data, linear, silentReport, signal)).model, labels);
}

// The plugin with one trainer set; its refs come from the kit, but for the commands.
const withTrainer: Plugin = {
  ...plugin,
  setup: () => ({ modelTypes: [external({ trainers: [{ name: 'stub', command: 'train', args: [], environment: {} }] }, trainer)] }),
};

describeContract({ describe, it }, modelTypeContract, {
  create: () => ({ plugin: withTrainer, manifest: PluginManifest.parse(crisol) }),
});
