import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reduceMinMax } from './series.js';

describe(reduceMinMax.name, () => {
  it('leaves a short curve as it is', () => {
    expect(reduceMinMax([1, 2], [3, 4], 10)).toEqual({ x: [1, 2], y: [3, 4], reduced: false });
  });

  it('keeps a lonely spike that plain sampling would lose', () => {
    const x = Array.from({ length: 10_000 }, (_, i) => i);
    const y = x.map((i) => (i === 4321 ? 99 : 0));
    const reduced = reduceMinMax(x, y, 100);
    expect(reduced.x.length).toBeLessThanOrEqual(100);
    expect(Math.max(...reduced.y)).toBe(99);
    expect(reduced.x[reduced.y.indexOf(99)]).toBe(4321);
  });

  it('keeps both ends, so that a curve begins and ends where it does', () => {
    const x = Array.from({ length: 10_001 }, (_, i) => i);
    const reduced = reduceMinMax(
      x,
      x.map((i) => Math.sin(i / 100)),
      200,
    );
    expect([reduced.x[0], reduced.x.at(-1)]).toEqual([0, 10_000]);
  });

  it('keeps order, size and extremes, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 50, maxLength: 500 }),
        fc.integer({ min: 10, max: 40 }),
        (y, maxPoints) => {
          const reduced = reduceMinMax(
            y.map((_, i) => i),
            y,
            maxPoints,
          );
          expect(reduced.x.length).toBeLessThanOrEqual(maxPoints);
          expect(reduced.x).toEqual([...reduced.x].sort((a, b) => a - b));
          expect(Math.max(...reduced.y)).toBe(Math.max(...y));
          expect(Math.min(...reduced.y)).toBe(Math.min(...y));
        },
      ),
    );
  });
});
