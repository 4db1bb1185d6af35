import { describe, expect, it } from '@jest/globals';
import type { BroughtSignature } from '@crisol/contracts';
import { DataType, type ModelDescription } from '@crisol/onnx';
import { inferSignature } from './infer-signature.js';
import { readSamples, type SampleRows } from './read-samples.js';

const graph = (inputs: [string, number, number[] | null][], outputs: [string, number, number[]][]): ModelDescription => ({
  inputs: inputs.map(([name, elementType, shape]) => ({ name, elementType, shape })),
  outputs: outputs.map(([name, elementType, shape]) => ({ name, elementType, shape })),
  operators: [],
  opsets: {},
  producer: '',
  producerVersion: '',
  metadata: {},
});
const wide = (columns: number) => graph([['float_input', DataType.FLOAT, [-1, columns]]], [['variable', DataType.FLOAT, [-1, 1]]]);
const hints = (given: BroughtSignature = {}, samples: SampleRows | null = null) =>
  ({ given, samples, task: 'regression', labels: [] }) as const;

describe(inferSignature.name, () => {
  it('counts the columns of one wide input', () => {
    expect(inferSignature(wide(3), hints())).toEqual({
      ok: true,
      signature: {
        task: 'regression',
        target: 'prediction',
        labels: null,
        inputs: ['f0', 'f1', 'f2'].map((name) => ({ name, type: 'number', nullable: false })),
      },
    });
  });

  it('calls them as the samples do, and takes examples and gaps from there', () => {
    const samples = readSamples('age,income,expected\n,1200,3\n31,900,4\n');
    expect(inferSignature(wide(2), hints({}, samples))).toMatchObject({
      signature: {
        inputs: [
          { name: 'age', type: 'number', nullable: true, example: 31 },
          { name: 'income', nullable: false, example: 1200 },
        ],
      },
    });
  });

  it('takes the word of the owner over everything else', () => {
    const given: BroughtSignature = { inputs: [{ name: 'a', type: 'integer', nullable: true }, { name: 'b' }], target: 'price' };
    expect(inferSignature(wide(2), hints(given))).toMatchObject({
      signature: {
        target: 'price',
        inputs: [
          { name: 'a', type: 'integer', nullable: true },
          { name: 'b', type: 'number' },
        ],
      },
    });
  });

  it('gives each narrow input a column, and a wide one beside others several', () => {
    const mixed = graph(
      [
        ['island', DataType.STRING, [-1, 1]],
        ['sizes', DataType.FLOAT, [-1, 2]],
        ['year', DataType.INT64, [-1]],
      ],
      [['probabilities', DataType.FLOAT, [-1, 3]]],
    );
    expect(inferSignature(mixed, { ...hints(), task: 'multiclass' })).toMatchObject({
      signature: {
        labels: ['0', '1', '2'],
        inputs: [{ name: 'island', type: 'text' }, { name: 'sizes_0' }, { name: 'sizes_1' }, { name: 'year', type: 'integer' }],
      },
    });
  });

  it.each([
    ['a width that nobody says', graph([['x', 1, [-1, -1]]], [['y', 1, [-1, 1]]]), hints(), 'does not say how many columns'],
    ['too few names', wide(3), hints({ inputs: [{ name: 'a' }] }), 'takes 3 columns, and the signature name 1'],
    [
      'classes without names',
      graph([['x', 1, [-1, 1]]], [['label', 8, [-1]]]),
      { ...hints(), task: 'binary' as const },
      'give them as labels',
    ],
  ])('says what is missing: %s', (_what, description, known, message) => {
    expect(inferSignature(description, known)).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });
});
