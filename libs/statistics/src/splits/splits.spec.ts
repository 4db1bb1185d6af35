import { describe, expect, it } from '@jest/globals';
import { holdout, kFold, SplitError, stratifiedHoldout, stratifiedKFold } from './splits.js';

const classes = Array.from({ length: 103 }, (_, row) => (row % 10 < 7 ? 0 : 1));
const positives = (rows: Uint32Array) => rows.reduce((sum, row) => sum + (classes[row] ?? 0), 0);

describe(kFold.name, () => {
  it('tests every row once, the first folds one row larger', () => {
    const folds = kFold(13, 5, 1);
    expect(folds.map(({ test }) => test.length)).toEqual([3, 3, 3, 2, 2]);
    expect(folds.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, row) => row));
    expect(folds.every(({ train, test }) => train.length + test.length === 13 && !train.some((row) => test.includes(row)))).toBe(true);
  });
  it('depends on the seed alone', () => {
    expect(kFold(20, 4, 7)).toEqual(kFold(20, 4, 7));
    expect(kFold(20, 4, 7)).not.toEqual(kFold(20, 4, 8));
  });
  it('refuses more folds than rows', () => expect(() => kFold(3, 4, 1)).toThrow(SplitError));
});

describe(stratifiedKFold.name, () => {
  it('deals each class out in turn', () => {
    const sorted = classes.toSorted();
    const folds = stratifiedKFold(classes, 5, 3);
    const dealt = (fold: number) => sorted.filter((_, position) => position % 5 === fold).reduce((sum, value) => sum + value, 0);
    expect(folds.map(({ test }) => positives(test))).toEqual([0, 1, 2, 3, 4].map(dealt));
  });
});

describe(stratifiedHoldout.name, () => {
  it('holds out the same share of each class', () => {
    const { train, test } = stratifiedHoldout(classes, 0.2, 5);
    expect([test.length, positives(test)]).toEqual([21, 6]);
    expect(train.length).toBe(82);
  });
  it('leaves a class with one row in training', () => {
    expect(stratifiedHoldout([0, 0, 0, 0, 1], 0.5, 1).test).not.toContain(4);
  });
});

describe(holdout.name, () => {
  it('keeps a row on each side', () => {
    expect(holdout(2, 0.01, 1).test).toHaveLength(1);
    expect(holdout(10, 1, 1).train).toHaveLength(1);
  });
});
