import { describe, expect, it } from 'vitest';
import { placeIntervals } from './interval-scale';

describe(placeIntervals, () => {
  it('keeps the order and the lengths of the intervals, with room at both ends', () => {
    const { placed } = placeIntervals([
      { value: 1, low: 0, high: 2 },
      { value: 3, low: 2, high: 4 },
    ]);
    const [a, b] = placed;
    expect(a?.from).toBeGreaterThan(0);
    expect(b?.to).toBeLessThan(100);
    expect(a?.to).toBe(b?.from);
    expect((a?.to ?? 0) - (a?.from ?? 0)).toBeCloseTo((b?.to ?? 0) - (b?.from ?? 0), 1);
  });
  it('stands equal values in the middle', () => {
    expect(placeIntervals([{ value: 0.5, low: 0.5, high: 0.5 }]).placed[0]).toEqual({ dot: 50, from: 50, to: 50 });
  });
  it('leaves out what is not finite', () => {
    expect(
      placeIntervals([
        { value: 'NaN', low: null, high: 'Infinity' },
        { value: 1, low: null, high: null },
      ]).placed,
    ).toEqual([
      { dot: null, from: null, to: null },
      { dot: 50, from: null, to: null },
    ]);
  });
  it('places marks on the same track', () => {
    expect(placeIntervals([{ value: 1, low: -1, high: 1 }], [0]).marks).toEqual([50]);
  });
});
