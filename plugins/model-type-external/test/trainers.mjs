// Trains with the examples of examples/trainers as the server would: the plugin, the host's own Commands and Parquet writer, and
// onnxruntime on what comes out. Prints one JSON line for each training; see trainers.spec.ts.
//   node trainers.mjs TRAINER COMMAND [ARG…]
import * as ort from 'onnxruntime-node';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckDbTableFiles } from '../../../apps/server/dist/datasets/duckdb/table-files.js';
import { JobCommands } from '../../../apps/server/dist/platform/plugins/scope/job-commands.js';
import plugin from '../dist/plugin.js';

const [, , trainer, command, ...args] = process.argv;
const rows = 300;
const { signal } = new globalThis.AbortController();
const workFolder = await mkdtemp(join(tmpdir(), 'crisol-trainers-'));
const commands = new JobCommands(
  { workFolder, limits: { memoryMb: 4096, deadlineMs: 120_000 }, signal },
  duckDbTableFiles,
  process.env.PATH ?? '',
);
const settings = plugin.settings.parse({ trainers: [{ name: trainer, command, args }] });
const [modelType] = plugin.setup({ settings, commands }).modelTypes;

const size = Float64Array.from({ length: rows }, (_, i) => (i % 17 === 0 ? NaN : ((i * 37) % 100) / 10));
const day = Float64Array.from({ length: rows }, (_, i) => 20_000 + ((i * 13) % rows));
const open = Float64Array.from({ length: rows }, (_, i) => (i % 29 === 0 ? NaN : i % 2));
const codes = Int32Array.from({ length: rows }, (_, i) => (i % 23 === 0 ? -1 : i % 3));
const score = Float64Array.from(size, (value, i) => (Number.isNaN(value) ? 5 : value) + ((day[i] ?? 0) - 20_000) / 100 + (codes[i] ?? 0));
const numeric = [
  { name: 'size', type: 'number', values: size },
  { name: 'first day', type: 'date', values: day },
  { name: 'open', type: 'boolean', values: open },
];
const colour = { name: 'colour', type: 'text', codes, levels: ['red', 'green', 'blue'] };
const labelsOf = { regression: [], binary: ['no', 'yes'], multiclass: ['low', 'middle', 'high'] };
const cutOf = { binary: 8, multiclass: 4.5 };

async function train(task, columns) {
  const labels = labelsOf[task];
  const truth = Int32Array.from(score, (value) => Math.min(labels.length - 1, Math.max(0, Math.floor(value / cutOf[task]))));
  const target =
    task === 'regression' ? { name: 'y', type: 'number', values: score } : { name: 'y', type: 'text', codes: truth, levels: labels };
  const seen = { progress: [], metrics: 0, logs: [] };
  const report = {
    progress: (ratio) => seen.progress.push(ratio),
    metric: () => seen.metrics++,
    log: (_level, line) => seen.logs.push(line),
    saveCheckpoint: async () => {},
  };
  const input = { task, table: { rows, columns }, target, labels, params: modelType.params.parse({}), seed: 7, checkpoint: null };
  const model = await modelType.train(input, report, signal);
  const quality = await judge(model.onnx, columns, task, truth);
  const rising = seen.progress.every((ratio, i) => ratio >= (seen.progress[i - 1] ?? 0));
  return {
    rising,
    steps: seen.progress.length,
    curve: seen.metrics,
    metrics: model.metrics ?? {},
    importance: model.importance,
    ...quality,
  };
}

async function judge(onnx, columns, task, truth) {
  const session = await ort.InferenceSession.create(onnx);
  const feeds = Object.fromEntries(
    columns.map((column) => {
      if (column.type === 'text')
        return [
          column.name,
          new ort.Tensor(
            'string',
            Array.from(column.codes, (code) => column.levels[code] ?? ''),
            [rows, 1],
          ),
        ];
      const isDate = column.type === 'date';
      return [
        column.name,
        new ort.Tensor(isDate ? 'float64' : 'float32', isDate ? column.values : Float32Array.from(column.values), [rows, 1]),
      ];
    }),
  );
  const answer = await session.run(feeds);
  if (task === 'regression') {
    const mean = score.reduce((sum, value) => sum + value, 0) / rows;
    const squares = (compared) => score.reduce((sum, value, i) => sum + (value - compared(i)) ** 2, 0);
    return { quality: 1 - squares((i) => answer.prediction.data[i]) / squares(() => mean), shape: answer.prediction.dims };
  }
  const hits = truth.filter((code, i) => answer.label.data[i] === labelsOf[task][code]).length;
  return { quality: hits / rows, shape: answer.probabilities.dims };
}

try {
  for (const [task, columns] of [
    ['regression', numeric],
    ['binary', numeric],
    ['multiclass', numeric],
    ['binary', [...numeric, colour]],
  ]) {
    const texts = columns.includes(colour);
    try {
      console.log(JSON.stringify({ trainer, task, texts, ...(await train(task, columns)) }));
    } catch (error) {
      console.log(JSON.stringify({ trainer, task, texts, code: error.code ?? error.name, message: error.message }));
    }
  }
} finally {
  await rm(workFolder, { recursive: true, force: true });
}
