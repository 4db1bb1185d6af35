import { describe, expect, it } from '@jest/globals';
import type { Signature } from '@crisol/contracts';
import { DataType, type ModelDescription } from '@crisol/onnx';
import { bindModel } from './bind-model.js';

const signature = (task: Signature['task'], inputs: [string, 'number' | 'text'][]): Signature => ({
  task,
  target: 'y',
  labels: task === 'regression' ? null : ['a', 'b'],
  inputs: inputs.map(([name, type]) => ({ name, type, nullable: true })),
});
const graph = (inputs: [string, number, number[]][], outputs: [string, number][]): ModelDescription => ({
  inputs: inputs.map(([name, elementType, shape]) => ({ name, elementType, shape })),
  outputs: outputs.map(([name, elementType]) => ({ name, elementType, shape: [-1, 2] })),
  operators: [],
  opsets: {},
  producer: '',
  producerVersion: '',
  metadata: {},
});

describe(bindModel.name, () => {
  it('gives each column its own input', () => {
    const bound = bindModel(
      signature('binary', [
        ['x', 'number'],
        ['c', 'text'],
      ]),
      graph(
        [
          ['c', DataType.STRING, [-1, 1]],
          ['x', DataType.FLOAT, [-1]],
        ],
        [
          ['label', DataType.STRING],
          ['probabilities', DataType.FLOAT],
        ],
      ),
    );
    expect(bound).toEqual({
      ok: true,
      binding: {
        inputs: [
          { name: 'c', element: 'string', columns: [1], rank: 2 },
          { name: 'x', element: 'float32', columns: [0], rank: 1 },
        ],
        outputs: { probabilities: 'probabilities', label: 'label' },
      },
    });
  });

  it('puts all columns into one wide input', () => {
    const columns: [string, 'number'][] = [
      ['a', 'number'],
      ['b', 'number'],
    ];
    expect(
      bindModel(signature('regression', columns), graph([['float_input', DataType.FLOAT, [-1, 2]]], [['variable', DataType.FLOAT]])),
    ).toMatchObject({
      binding: { inputs: [{ columns: [0, 1] }], outputs: { prediction: 'variable' } },
    });
    expect(
      bindModel(signature('regression', columns), graph([['float_input', DataType.FLOAT, [-1, 3]]], [['variable', DataType.FLOAT]])),
    ).toMatchObject({ ok: false, message: expect.stringContaining('takes 3 columns') });
  });

  it.each([
    [
      'an input that no column feeds',
      graph(
        [
          ['x', 1, [-1, 1]],
          ['z', 1, [-1, 1]],
        ],
        [['probabilities', 1]],
      ),
      'wants an input z',
    ],
    [
      'a column that the graph does not take',
      graph(
        [
          ['y', 1, [-1, 1]],
          ['x', 1, [-1, 1]],
        ],
        [['probabilities', 1]],
      ),
      'wants an input y',
    ],
    ['text where a number is', graph([['x', DataType.STRING, [-1, 1]]], [['probabilities', 1]]), 'is a number'],
    ['no answer', graph([['x', 1, [-1, 1]]], [['embedding', 1]]), 'neither probabilities nor a label'],
  ])('says what does not fit: %s', (_what, description, message) => {
    const bound = bindModel(signature('binary', [['x', 'number']]), description);
    expect(bound).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });
});
