import { describe, expect, it } from '@jest/globals';
import { decodeModel } from './decode.js';
import { encodeModel } from './encode.js';
import { GraphBuilder } from './graph-builder.js';
import { DataType } from './model.js';
import { pictureModel } from './picture.js';

function chain(length: number) {
  const builder = new GraphBuilder('chain');
  let last = builder.input('x', DataType.FLOAT, ['rows', 2]);
  const weight = builder.constant(Float32Array.of(1, 2));
  for (let i = 0; i < length; i++) last = builder.add('Mul', [last, weight]);
  builder.output(last, last, DataType.FLOAT, ['rows', 2]);
  return decodeModel(encodeModel(builder.model()));
}

describe(pictureModel.name, () => {
  it('shows what flows where, with types and shapes, and weights by size alone', () => {
    const picture = pictureModel(chain(2));
    expect(picture.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['rows', 2] }]);
    const [first, second] = picture.nodes;
    const weight = picture.weights[0]?.name ?? '';
    expect(first).toMatchObject({ id: 0, operator: 'Mul', domain: 'ai.onnx', inputs: ['x', weight] });
    expect(second?.inputs).toEqual([first?.outputs[0], weight]);
    expect(picture.weights).toEqual([{ name: weight, type: 'float32', shape: [2], bytes: 8 }]);
    expect(picture.truncated).toBe(false);
  });

  it('says when it leaves nodes out', () => {
    const picture = pictureModel(chain(12), 5);
    expect([picture.nodes.length, picture.truncated]).toEqual([5, true]);
  });
});
