import { describe, expect, it } from '@jest/globals';
import { embedExternalData } from './embed.js';
import { GraphBuilder } from './graph-builder.js';
import { judgeModel } from './gate.js';
import { DataType, type Model, type Tensor } from './model.js';

const data = new Uint8Array([9, 9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 64]);
const outside = (entries: Readonly<Record<string, string>>): Tensor => ({
  name: 'w',
  dataType: DataType.FLOAT,
  dims: [2],
  dataLocation: 1,
  externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
});
function modelWith(tensor: Tensor): Model {
  const graph = new GraphBuilder('g');
  const x = graph.input('x', DataType.FLOAT, ['N', 2]);
  graph.output(graph.add('Identity', [x], {}), 'y', DataType.FLOAT, ['N', 2]);
  const model = graph.model();
  return { ...model, graph: { ...model.graph, initializers: [tensor] } };
}
const files = new Map([['m.onnx.data', data]]);

describe(embedExternalData.name, () => {
  it('takes the bytes that a tensor points at, so that the gate lets the model in', () => {
    const model = embedExternalData(modelWith(outside({ location: 'm.onnx.data', offset: '4', length: '8' })), files);
    expect(model.graph.initializers[0]).toEqual({ name: 'w', dataType: DataType.FLOAT, dims: [2], rawData: data.subarray(4) });
    expect(judgeModel(model).admitted).toBe(true);
  });

  it.each([
    ['a file that is not given', { location: '/etc/passwd' }],
    ['a path that leads elsewhere', { location: '../m.onnx.data' }],
    ['more than there is', { location: 'm.onnx.data', offset: '4', length: '9' }],
    ['a place behind the end', { location: 'm.onnx.data', offset: '13' }],
    ['no number', { location: 'm.onnx.data', offset: '-4' }],
  ])('leaves %s alone, for the gate to refuse', (_what, entries) => {
    const model = embedExternalData(modelWith(outside(entries)), files);
    expect(judgeModel(model).reasons.map(({ rule }) => rule)).toContain('external_data');
  });
});
