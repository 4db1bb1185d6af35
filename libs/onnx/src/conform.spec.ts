import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { classNames } from './classes.js';
import { conformModel, ConformError, type ConformTo } from './conform.js';
import { decodeModel } from './decode.js';
import { describeModel } from './describe.js';
import { encodeModel } from './encode.js';
import { judgeModel } from './gate.js';
import { GraphBuilder } from './graph-builder.js';
import { DataType, type Model } from './model.js';

const number = (name: string) => ({ name, type: 'number' as const });
const regression: ConformTo = { columns: [number('a'), number('b')], task: 'regression', labels: [] };
const binary: ConformTo = { ...regression, task: 'binary', labels: ['no', 'yes'] };

interface Port {
  readonly name: string;
  readonly type?: number;
  readonly shape?: readonly (number | string)[];
}
/** One operator from the inputs to an output. */
function graphOf(inputs: readonly Port[], output: Port, opType = 'Sum'): Model {
  const graph = new GraphBuilder('g');
  const names = inputs.map(({ name, type = DataType.FLOAT, shape = ['N', 1] }) => graph.input(name, type, shape));
  graph.output(graph.add(opType, names), output.name, output.type ?? DataType.FLOAT, output.shape ?? ['N', 1]);
  return graph.model();
}
/** What comes out, decoded again and looked at by the gate. */
function conformed(model: Model, to: ConformTo) {
  const { model: made, labels } = conformModel(model, to);
  const again = decodeModel(encodeModel(made));
  expect(judgeModel(again).reasons).toEqual([]);
  const nodes = again.graph.nodes.map(({ opType, inputs, outputs }) => `${opType}(${inputs.join()})>${outputs.join()}`);
  return { ...describeModel(again), nodes, labels };
}
const named = (values: readonly { readonly name: string; readonly elementType: number }[]) =>
  values.map(({ name, elementType }) => `${name}:${elementType}`);

describe(conformModel.name, () => {
  it('leaves a graph that fits as it is, but for the name of its output', () => {
    const { inputs, outputs, nodes } = conformed(graphOf([{ name: 'a' }, { name: 'b' }], { name: 'variable' }), regression);
    expect(named(inputs)).toEqual(['a:1', 'b:1']);
    expect(named(outputs)).toEqual(['prediction:1']);
    expect(nodes[0]).toMatch(/^Sum\(a,b\)/);
  });

  it('puts one wide input together from the columns in their order', () => {
    const { inputs, nodes } = conformed(graphOf([{ name: 'X', shape: ['N', 2] }], { name: 'y' }), regression);
    expect(named(inputs)).toEqual(['a:1', 'b:1']);
    expect(nodes[0]).toMatch(/^Concat\(a,b\)>(\w+)$/);
    expect(nodes[1]).toContain(`Sum(${nodes[0]?.split('>')[1]})`);
  });

  it('casts dates and other number types, flattens, and keeps columns that the graph does not take as inputs', () => {
    const columns = [
      { name: 'day', type: 'date' as const },
      { name: 'n', type: 'integer' as const },
      { name: 'city', type: 'text' as const },
    ];
    const model = graphOf([{ name: 'day' }, { name: 'n', type: DataType.INT64, shape: ['N'] }], { name: 'y' });
    const { inputs, nodes } = conformed(model, { ...regression, columns });
    expect(named(inputs)).toEqual(['day:11', 'n:1', 'city:8']);
    expect(nodes.map((node) => node.split('(')[0]).slice(0, 4)).toEqual(['Cast', 'Identity', 'Cast', 'Reshape']);
  });

  it('knows a column by the name that exporters make of it', () => {
    const columns = [number('first day'), number('b')];
    const { inputs, nodes } = conformed(graphOf([{ name: 'first_day' }, { name: 'b' }], { name: 'y' }), { ...regression, columns });
    expect(named(inputs)).toEqual(['first day:1', 'b:1']);
    expect(nodes[0]).toMatch(/^Identity\(first day\)/);
  });

  it('does not mix a column up with an inner value of the same name', () => {
    const graph = new GraphBuilder('g');
    const x = graph.input('X', DataType.FLOAT, ['N', 2]);
    graph.addMany('Relu', [x], ['a']);
    graph.addMany('Neg', ['a'], ['prediction']);
    graph.output(graph.add('Exp', ['prediction']), 'y', DataType.FLOAT, ['N', 1]);
    const { nodes } = conformed(graph.model(), regression);
    expect(nodes[0]).toMatch(/^Concat\(a,b\)/);
    expect(nodes[1]).not.toMatch(/>a$/);
    expect(nodes.filter((node) => node.endsWith('>prediction'))).toHaveLength(1);
  });

  it('takes ZipMap out and puts probabilities into the order of the labels', () => {
    const file = readFileSync(new URL('../test/golden/sklearn-logistic-zipmap.onnx', import.meta.url));
    const model = decodeModel(file);
    expect(classNames(model)).toEqual(['high', 'low', 'middle']);
    const columns = ['a', 'b', 'c', 'd'].map(number);
    const { outputs, operators, nodes } = conformed(model, { columns, task: 'multiclass', labels: ['low', 'middle', 'high'] });
    expect(named(outputs)).toEqual(['label:8', 'probabilities:1']);
    expect(operators.map(({ name }) => name)).not.toContain('ZipMap');
    expect(nodes.filter((node) => node.startsWith('Gather('))).toHaveLength(2);
    expect(() => conformModel(model, { columns, task: 'multiclass', labels: ['x', 'y', 'z'] })).toThrow(
      'The classes of the graph are high, low, middle',
    );
  });

  it('completes one probability of two classes', () => {
    const { outputs, nodes } = conformed(graphOf([{ name: 'a' }, { name: 'b' }], { name: 'p' }), binary);
    expect(named(outputs)).toEqual(['label:8', 'probabilities:1']);
    expect(nodes.some((node) => node.startsWith('Concat('))).toBe(true);
  });

  const refusals: [string, Model, ConformTo, string][] = [
    [
      'an input that is no column',
      graphOf([{ name: 'a' }, { name: 'c' }], { name: 'y' }),
      regression,
      'The graph wants an input c; the columns are a, b',
    ],
    ['too narrow an input', graphOf([{ name: 'X', shape: ['N', 3] }], { name: 'y' }), regression, 'takes 3 columns and there are 2 (a, b)'],
    [
      'a text for a wide input of numbers',
      graphOf([{ name: 'X', shape: ['N', 2] }], { name: 'y' }),
      { ...regression, columns: [number('a'), { name: 'city', type: 'text' }] },
      'the column city is a text: export one input for each column',
    ],
    [
      'the wrong number of probabilities',
      graphOf([{ name: 'a' }, { name: 'b' }], { name: 'p', shape: ['N', 3] }),
      binary,
      'gives 3 probabilities and there are 2',
    ],
    [
      'no number at all',
      graphOf([{ name: 'a' }, { name: 'b' }], { name: 'y', type: DataType.STRING }),
      regression,
      'The outputs are y; one number for each row',
    ],
  ];
  it.each(refusals)('refuses %s, saying what would be right', (_what, model, to, words) => {
    expect(() => conformModel(model, to)).toThrow(ConformError);
    expect(() => conformModel(model, to)).toThrow(words);
  });
});
