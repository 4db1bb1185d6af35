import { DataType, encodeModel, GraphBuilder } from '@crisol/onnx';
import {
  Artifacts,
  Background,
  Commands,
  Datasets,
  definePlugin,
  KeyValue,
  Metrics,
  OwnDatabase,
  secret,
  Secrets,
} from '@crisol/plugin-api';
import { z } from 'zod';

/** Group by the sign of the first column: memberships are the softmax of (-x, x). */
function signsModel(columns) {
  const graph = new GraphBuilder('signs');
  const [x] = columns.map(({ name }) => graph.input(name, DataType.FLOAT, ['N', 1]));
  const both = graph.add('Concat', [graph.add('Neg', [x]), x], { axis: 1n });
  graph.output(graph.add('Softmax', [both], { axis: 1n }), 'probabilities', DataType.FLOAT, ['N', 2]);
  return encodeModel(graph.model());
}

/** Unusual is what lies further than 3 from 0. */
function farModel(columns) {
  const graph = new GraphBuilder('far');
  const [x] = columns.map(({ name }) => graph.input(name, DataType.FLOAT, ['N', 1]));
  const beyond = graph.add('Sub', [graph.add('Abs', [x]), graph.constant(Float32Array.of(3), [1])]);
  graph.output(graph.add('Sigmoid', [beyond]), 'prediction', DataType.FLOAT, ['N', 1]);
  return encodeModel(graph.model());
}

const importance = (table) => table.columns.map(({ name }) => ({ column: name, value: 1 }));
const first = (table) => table.columns.slice(0, 1);

export default definePlugin({
  id: 'with-training',
  settings: z.strictObject({ token: secret(z.string()).default('hush') }),
  uses: {
    values: KeyValue,
    files: Artifacts,
    datasets: Datasets,
    commands: Commands,
    metrics: Metrics,
    secrets: Secrets,
    database: OwnDatabase,
    background: Background,
  },
  setup: ({ values, files, datasets, commands, metrics, secrets, database, background }) => {
    let ticks = 0;
    background.run('tick', async (signal) => {
      while (!signal.aborted) {
        ticks++;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    return {
      modelTypes: [
        {
          name: 'signs',
          title: 'Signs',
          description: 'Two groups, by sign',
          tasks: ['clustering'],
          params: z.strictObject({ crashes: z.boolean().default(false) }),
          search: { crashes: { kind: 'categorical', choices: [true, false] } },
          async train({ table, params, checkpoint }, report) {
            const notes = [];
            if (params.crashes && !checkpoint) {
              await report.saveCheckpoint(new TextEncoder().encode('round 3'));
              process.kill(process.pid, 'SIGKILL');
              await new Promise(() => undefined);
            }
            if (checkpoint) notes.push(`went on from ${new TextDecoder().decode(checkpoint)}`);
            return {
              onnx: signsModel(first(table)),
              importance: importance(table),
              notes,
              labels: ['below', 'above'],
              metrics: { rounds: 5, bad: NaN },
            };
          },
        },
        {
          name: 'far',
          title: 'Far',
          description: 'Unusual is far from zero',
          tasks: ['anomaly'],
          params: z.strictObject({}),
          train: async ({ table }) => ({ onnx: farModel(first(table)), importance: importance(table), notes: [] }),
        },
        {
          name: 'touches',
          title: 'Touches',
          description: 'Uses every ref inside a job',
          tasks: ['anomaly'],
          params: z.strictObject({}),
          async train({ table }, _report, signal) {
            const refusal = (work) =>
              work.then(
                () => 'went through',
                (error) => `${error.code}: ${error.message}`,
              );
            const before = await values.get('trainings');
            await values.set('trainings', (before ?? 0) + 1);
            await files.put('notes/last.txt', new TextEncoder().encode('kept'));
            const kept = new TextDecoder().decode(await files.get('notes/last.txt'));
            const listed = await files.list('notes/');
            const names = (await datasets.list()).map(({ name, version, rows }) => `${name} v${version} ${rows}`);
            const read = await datasets.read('signs', { columns: ['kind'], limit: 3 }, signal);
            metrics.count('trainings');
            const lines = [];
            const ended = await commands.run({
              command: 'sh',
              args: ['-c', 'head -c 4 table.parquet; echo; printf made > out.txt'],
              tables: { 'table.parquet': table },
              collect: ['out.txt'],
              onLine: (line) => lines.push(line),
              signal,
            });
            const facts = {
              before: before ?? null,
              kept,
              listed,
              names,
              read: Array.from(read.columns[0].codes, (code) => read.columns[0].levels[code]),
              lines,
              made: new TextDecoder().decode(ended.files['out.txt']),
              token: secrets.get('token'),
              database: await refusal(database.query('select 1', [])),
              other: await refusal(datasets.read('secret', {}, signal)),
              badName: await refusal(files.put('../x', new Uint8Array(1))),
              ticks: ticks > 0,
            };
            return { onnx: farModel(first(table)), importance: importance(table), notes: [JSON.stringify(facts)] };
          },
        },
      ],
      check: async () => ({
        message: JSON.stringify({
          trainings: await values.get('trainings'),
          kept: new TextDecoder().decode(await files.get('notes/last.txt')),
          read: (await datasets.read('signs', { columns: ['x', 'kind'], limit: 2 }, new AbortController().signal)).columns.map(
            ({ name, type }) => `${name} ${type}`,
          ),
          command: await commands.run({ command: 'true', args: [], signal: new AbortController().signal }).catch((error) => error.code),
        }),
      }),
    };
  },
});
