import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assignFolds, holdout, kFold } from './splits.js';

const shape = fc.record({
  n: fc.integer({ min: 10, max: 300 }),
  folds: fc.integer({ min: 2, max: 10 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
  classes: fc.integer({ min: 1, max: 4 }),
});

describe(kFold.name, () => {
  it('tests every row once and never trains on it then', () => {
    fc.assert(
      fc.property(shape, ({ n, folds, seed }) => {
        const splits = kFold(n, folds, seed);
        expect(splits.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        for (const { train, test } of splits) expect(new Set([...train, ...test]).size).toBe(n);
        const sizes = splits.map(({ test }) => test.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('spreads each class over the folds within one row', () => {
    fc.assert(
      fc.property(shape, ({ n, folds, seed, classes }) => {
        const labels = Array.from({ length: n }, (_, i) => (i * 7) % classes);
        const fold = assignFolds(n, folds, seed, labels);
        for (let label = 0; label < classes; label++) {
          const counts = Array.from({ length: folds }, (_, k) => labels.filter((value, row) => value === label && fold[row] === k).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe(holdout.name, () => {
  it('keeps the share and every class on both sides, the same for the same seed', () => {
    const labels = Array.from({ length: 200 }, (_, i) => (i < 4 ? 1 : 0));
    const split = holdout(200, 0.2, 3, labels);
    expect(split.test).toHaveLength(40);
    expect([...split.test].filter((row) => labels[row] === 1)).toHaveLength(1);
    expect(holdout(200, 0.2, 3, labels)).toEqual(split);
    expect(holdout(200, 0.2, 4, labels)).not.toEqual(split);
  });
});
