import { describe, expect, it } from '@jest/globals';
import { DataType, decodeModel, describeModel, encodeModel, GraphBuilder } from '@crisol/onnx';
import { readFileSync } from 'node:fs';
import { onnxModelType } from './onnx.model-type.js';
import { OnnxParams } from './onnx.params.js';

const silent = { progress: () => undefined, metric: () => undefined, log: () => undefined, saveCheckpoint: () => Promise.resolve() };
const { signal } = new AbortController();
const golden = (name: string) => readFileSync(new URL(`../test/golden/${name}.onnx`, import.meta.url));
function bring(bytes: Uint8Array, params: Partial<OnnxParams> = {}, name = 'model.onnx') {
  const { bring: take } = onnxModelType();
  if (take === undefined) throw new TypeError('It brings nothing.');
  return take({ files: { [name]: bytes }, params: OnnxParams.parse(params) }, silent, signal);
}
/** One operator from an input to an output. */
function graphOf(
  opType: string,
  output: string,
  shape: readonly (number | string)[],
  inputShape: readonly (number | string)[] = ['N', 3],
  domain = '',
) {
  const graph = new GraphBuilder('small');
  const x = graph.input('x', DataType.FLOAT, inputShape);
  graph.output(graph.add(opType, [x], {}, domain), output, DataType.FLOAT, shape);
  return encodeModel(graph.model());
}

describe(onnxModelType.name, () => {
  it('takes ZipMap out and keeps the inputs as they are', async () => {
    const { onnx, notes, origin } = await bring(golden('sklearn-logistic-zipmap'));
    const { inputs, outputs, operators } = describeModel(decodeModel(onnx));
    expect(inputs).toEqual([{ name: 'X', elementType: DataType.FLOAT, shape: [-1, 4] }]);
    expect(outputs.map(({ elementType }) => elementType)).toEqual([DataType.STRING, DataType.FLOAT]);
    expect(operators.map(({ name }) => name)).not.toContain('ZipMap');
    expect(notes.join(' ')).toContain('ZipMap was taken out');
    expect(origin).toBe('skl2onnx 1.20.0');
  });

  it('names a writer by its version where the file has a whole report', async () => {
    expect((await bring(golden('catboost-regressor'))).origin).toBe('CatBoost 1.2.10');
  });

  it('takes the task and the classes that are given over what it would infer', async () => {
    const bytes = graphOf('Softmax', 'answer', ['N', 3]);
    expect(await bring(bytes, { task: 'multiclass', labels: ['a', 'b', 'c'] })).toMatchObject({
      task: 'multiclass',
      labels: ['a', 'b', 'c'],
    });
    const unnamed = await bring(bytes, { task: 'multiclass' });
    expect(unnamed.labels).toEqual(['0', '1', '2']);
    expect(unnamed.notes.join(' ')).toContain('does not name its classes');
  });

  it('completes one probability to two', async () => {
    const { onnx, labels } = await bring(graphOf('Sigmoid', 'p', ['N', 1], ['N', 1]), { task: 'binary', labels: ['no', 'yes'] });
    expect(labels).toEqual(['no', 'yes']);
    expect(describeModel(decodeModel(onnx)).outputs.map(({ name }) => name)).toEqual(['probabilities']);
  });

  it('calls probabilities by their name, keeps how many there are, and doubts those without a Softmax', async () => {
    const given = { task: 'multiclass' as const, labels: ['a', 'b', 'c'] };
    const { onnx, notes } = await bring(graphOf('Softmax', 'out', ['N', 3]), given);
    expect(describeModel(decodeModel(onnx)).outputs).toEqual([{ name: 'probabilities', elementType: DataType.FLOAT, shape: [-1, 3] }]);
    expect(notes).toEqual(['The output out is taken as the probabilities.']);
    expect((await bring(graphOf('Relu', 'out', ['N', 3]), given)).notes.join(' ')).toContain('no Softmax and no Sigmoid');
  });

  const refusals: [string, () => ReturnType<typeof bring>, RegExp][] = [
    ['a file of another format', () => bring(new TextEncoder().encode('{"learner":{}}')), /no ONNX model/],
    [
      'an operator from elsewhere',
      () => bring(graphOf('Magic', 'y', ['N', 1], ['N', 3], 'com.example')),
      /com\.example.*standard operators/,
    ],
    [
      'an input that no table fits',
      () => bring(graphOf('Relu', 'y', ['N', 1], ['N', 3, 32, 32])),
      /\[N, 3, 32, 32\].*\[N, 1\] or \[N, columns\]/,
    ],
    ['outputs that say nothing', () => bring(graphOf('Relu', 'hidden', ['N', 3])), /say the task/],
    [
      'the wrong number of classes',
      () => bring(golden('xgboost-classifier'), { labels: ['a', 'b'] }),
      /gives 3 probabilities and there are 2 classes/,
    ],
    ['binary with three classes', () => bring(golden('xgboost-classifier'), { task: 'binary' }), /3 classes is not binary/],
    ['regression of several numbers', () => bring(graphOf('Relu', 'y', ['N', 3]), { task: 'regression' }), /3 numbers for each row/],
    ['a class named twice', () => bring(golden('xgboost-classifier'), { labels: ['a', 'b', 'a'] }), /named twice/],
  ];
  it.each(refusals)('refuses %s, saying what would be right', async (_what, work, words) => {
    await expect(work()).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringMatching(words) });
  });

  it('takes the one file under any name, and refuses to choose among several', async () => {
    expect((await bring(golden('sklearn-ridge'), {}, 'ridge.onnx')).task).toBe('regression');
    const { bring: take } = onnxModelType();
    const files = { 'a.onnx': golden('sklearn-ridge'), 'b.onnx': golden('sklearn-ridge') };
    await expect(take?.({ files, params: OnnxParams.parse({}) }, silent, signal)).rejects.toThrow(
      'The files are a.onnx, b.onnx; one file, model.onnx,',
    );
  });

  it('trains nothing and says how it is used', async () => {
    const table = { rows: 0, columns: [] };
    const input = { task: 'binary' as const, table, target: null, labels: [], params: OnnxParams.parse({}), seed: 1, checkpoint: null };
    await expect(onnxModelType().train(input, silent, signal)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('model.onnx'),
    });
  });
});
