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

  it('feeds a wide input beside others from numbered columns', () => {
    const columns: [string, 'number' | 'text'][] = [
      ['sizes_0', 'number'],
      ['c', 'text'],
      ['sizes_1', 'number'],
    ];
    const inputs: [string, number, number[]][] = [
      ['c', DataType.STRING, [-1, 1]],
      ['sizes', DataType.FLOAT, [-1, 2]],
    ];
    expect(bindModel(signature('regression', columns), graph(inputs, [['variable', DataType.FLOAT]]))).toMatchObject({
      binding: {
        inputs: [
          { name: 'c', columns: [1] },
          { name: 'sizes', columns: [0, 2], rank: 2 },
        ],
      },
    });
  });

  it('finds probabilities without a name by their width', () => {
    expect(
      bindModel(signature('binary', [['x', 'number']]), graph([['x', DataType.FLOAT, [-1, 1]]], [['output', DataType.FLOAT]])),
    ).toMatchObject({
      binding: { outputs: { probabilities: 'output' } },
    });
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
    ['no answer', graph([['x', 1, [-1, 1]]], [['embedding', DataType.INT64]]), 'neither probabilities nor a label'],
  ])('says what does not fit: %s', (_what, description, message) => {
    const bound = bindModel(signature('binary', [['x', 'number']]), description);
    expect(bound).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });
});
