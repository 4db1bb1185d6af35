import { describe, expect, it } from '@jest/globals';
import { DataType, decodeModel, describeModel, encodeModel, GraphBuilder } from '@crisol/onnx';
import type { CommandResult, TrainingInput } from '@crisol/plugin-api';
import { createPluginHarness, silentReport } from '@crisol/plugin-testing';
import type { ExternalParams } from './external.params.js';
import { ExternalSettings } from './external.settings.js';
import plugin from './plugin.js';

const rows = 4;
const input: TrainingInput<ExternalParams> = {
  task: 'regression',
  table: { rows, columns: [{ name: 'size', type: 'number', values: Float64Array.of(1, 2, 3, 4) }] },
  target: { name: 'y', type: 'number', values: Float64Array.of(1, 2, 3, 4) },
  labels: [],
  params: { trainer: 'mine', params: { rounds: 7 } },
  seed: 11,
  checkpoint: null,
};
const trainers = [{ name: 'mine', command: 'python3', args: ['train.py'], environment: { MODE: 'x' }, timeoutSeconds: 60 }];
const { signal } = new AbortController();

function graph(inputName = 'size', domain = ''): Uint8Array {
  const builder = new GraphBuilder('g');
  const x = builder.input(inputName, DataType.FLOAT, ['N', 1]);
  builder.output(builder.add('Relu', [x], {}, domain), 'answer', DataType.FLOAT, ['N', 1]);
  return encodeModel(builder.model());
}
/** The plugin on fakes, with a command that ends as given. */
function setUp(result: Partial<CommandResult> = {}, lines: string[] = []) {
  const { provided, fakes } = createPluginHarness(plugin, { settings: { trainers } });
  fakes.commands.result = { endedBy: 'exit', exitCode: 0, files: { 'model.onnx': graph() }, errorTail: '', ...result };
  fakes.commands.lines = lines;
  const [modelType] = provided.modelTypes ?? [];
  if (modelType === undefined) throw new TypeError('It brings no model type.');
  return { modelType, fakes };
}
const text = (value: string) => new TextEncoder().encode(value);

describe('the model type external', () => {
  it('hands the command its table with the target, its parameters and its limits', async () => {
    const { modelType, fakes } = setUp();
    await modelType.train(input, silentReport, signal);
    const [request] = fakes.commands.requests;
    expect(request).toMatchObject({ command: 'python3', args: ['train.py'], environment: { MODE: 'x' }, timeoutMs: 60_000 });
    expect(request?.memoryMb).toBeUndefined();
    expect(request?.tables?.['train.parquet']?.columns.map(({ name }) => name)).toEqual(['size', 'y']);
    expect(JSON.parse(String(request?.files?.['params.json']))).toEqual({
      protocol: 1,
      task: 'regression',
      target: 'y',
      labels: [],
      columns: [{ name: 'size', type: 'number' }],
      rows,
      seed: 11,
      params: { rounds: 7 },
    });
  });

  it('reads progress, points of curves and words from its lines, and logs the others', async () => {
    const { modelType } = setUp({}, [
      '{"progress":0.5,"message":"half"}',
      '{"progress":0.2}',
      '{"metric":"loss","step":3,"value":0.25}',
      '{"log":"careful","level":"warn"}',
      'plain words',
      '{"progress":"much"}',
      '{broken',
    ]);
    const seen: unknown[] = [];
    const report = {
      ...silentReport,
      progress: (ratio: number, message: string) => void seen.push([ratio, message]),
      metric: (name: string, step: number, value: number) => void seen.push([name, step, value]),
      log: (level: string, line: string) => void seen.push([level, line]),
    };
    await modelType.train(input, report, signal);
    expect(seen.slice(1, 8)).toEqual([
      [0.475, 'half'],
      [0.475, ''],
      ['loss', 3, 0.25],
      ['warn', 'careful'],
      ['info', 'plain words'],
      ['info', '{"progress":"much"}'],
      ['info', '{broken'],
    ]);
  });

  it('names outputs as the contract does, and takes figures and importance', async () => {
    const files = { 'model.onnx': graph(), 'metrics.json': text('{"rmse":0.5}'), 'importance.json': text('{"size":2}') };
    const model = await setUp({ files }).modelType.train(input, silentReport, signal);
    expect(describeModel(decodeModel(model.onnx))).toMatchObject({ inputs: [{ name: 'size' }], outputs: [{ name: 'prediction' }] });
    expect(model).toMatchObject({ metrics: { rmse: 0.5 }, importance: [{ column: 'size', value: 2 }], notes: [] });
  });

  const faults: [string, Partial<CommandResult>, string, RegExp][] = [
    [
      'a code that is not 0',
      { exitCode: 3, errorTail: 'a\nValueError: no\n' },
      'rejected',
      /^mine ended with code 3\..*\nValueError: no$/s,
    ],
    ['code 65', { exitCode: 65, errorTail: 'too few rows' }, 'unusable_data', /too few rows/],
    ['too much memory', { endedBy: 'memory', exitCode: null }, 'rejected', /more memory than it may\. It wrote nothing/],
    ['its time', { endedBy: 'deadline', exitCode: null }, 'rejected', /time was up/],
    ['a signal', { endedBy: 'signal', exitCode: null }, 'rejected', /ended by a signal/],
    ['no model', { files: {} }, 'rejected', /left no model\.onnx/],
    ['a model that is none', { files: { 'model.onnx': text('pickle') } }, 'rejected', /is no ONNX model/],
    [
      'a model of other columns',
      { files: { 'model.onnx': encodedTwo() } },
      'rejected',
      /does not fit the table\. The graph wants an input a;/,
    ],
    ['operators of its own', { files: { 'model.onnx': graph('size', 'com.mine') } }, 'rejected', /is refused: .*com\.mine/],
    [
      'figures that are none',
      { files: { 'model.onnx': graph(), 'metrics.json': text('[1]') } },
      'rejected',
      /metrics\.json is not an object/,
    ],
  ];
  it.each(faults)('says what was wrong after %s', async (_what, result, code, words) => {
    const { modelType } = setUp(result);
    await expect(modelType.train(input, silentReport, signal)).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it('does no harm without a trainer: it says how to set one', async () => {
    const { provided, fakes } = createPluginHarness(plugin);
    const [modelType] = provided.modelTypes ?? [];
    const params = modelType?.params.parse({});
    await expect(modelType?.train({ ...input, params }, silentReport, signal)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('give one under trainers'),
    });
    expect(fakes.commands.requests).toEqual([]);
  });

  it('offers the trainers of the settings, the first by default, and no other', () => {
    const { modelType } = setUp();
    expect(modelType.params.parse({})).toEqual({ trainer: 'mine', params: {} });
    expect(modelType.params.safeParse({ trainer: 'rm' }).success).toBe(false);
    expect(ExternalSettings.safeParse({ trainers: [trainers[0], trainers[0]] }).success).toBe(false);
  });
});

function encodedTwo(): Uint8Array {
  const builder = new GraphBuilder('g');
  const [a, b] = [builder.input('a', DataType.FLOAT, ['N', 1]), builder.input('b', DataType.FLOAT, ['N', 1])];
  builder.output(builder.add('Add', [a, b]), 'answer', DataType.FLOAT, ['N', 1]);
  return encodeModel(builder.model());
}
