import { describe, expect, it } from '@jest/globals';
import { evaluate, meanOfFolds } from './evaluate.js';

const classes = (codes: number[]) => ({ name: 'y', type: 'text' as const, levels: ['a', 'b', 'c'], codes: Int32Array.from(codes) });
const numbers = (values: number[]) => ({ name: 'y', type: 'number' as const, values: Float64Array.from(values) });

describe(evaluate.name, () => {
  it('scores two classes by the probability of the second', () => {
    const found = evaluate(
      'binary',
      classes([0, 1, 1, 0]),
      classes([0, 0, 1, 1]),
      Float32Array.from([0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3]),
      ['a', 'b'],
    );
    expect(found.metrics).toMatchObject({ auc: 1, accuracy: 0.75, precision: 1, recall: 0.5 });
    expect(found.confusion).toEqual([
      [2, 0],
      [1, 1],
    ]);
    expect(found.baseline).toMatchObject({ auc: 0.5, accuracy: 0.5 });
    expect(found.roc?.tpr.at(-1)).toBe(1);
  });

  it('scores several classes, and says null where a figure does not exist', () => {
    const found = evaluate(
      'multiclass',
      classes([0, 1, 1]),
      classes([0, 1, 1, 2]),
      Float32Array.from([0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.8, 0.1]),
      ['a', 'b', 'c'],
    );
    expect(found.metrics).toMatchObject({ accuracy: 1, aucOvr: 1, mcc: 1 });
    expect(found.baseline['mcc']).toBeNull();
    expect(found.roc).toBeNull();
  });

  it('compares numbers with the mean of the training rows', () => {
    const found = evaluate('regression', numbers([1, 3]), numbers([2, 2, 5]), Float32Array.from([1, 3]), []);
    expect(found.metrics).toMatchObject({ rmse: 0, r2: 1 });
    expect(found.baseline['mae']).toBe(1);
    expect(found.residuals).toEqual({ predicted: [1, 3], residual: [0, 0] });
  });

  it('averages folds and adds up their confusion matrices', () => {
    const fold = (probability: number) =>
      evaluate('binary', classes([0, 1]), classes([0, 1]), Float32Array.from([probability, 1 - probability, 0.3, 0.7]), ['a', 'b']);
    const mean = meanOfFolds([fold(0.9), fold(0.1)]);
    expect(mean.metrics['accuracy']).toBe(0.75);
    expect(mean.confusion).toEqual([
      [1, 1],
      [0, 2],
    ]);
  });
});
