import { describe, expect, it } from '@jest/globals';
import { countBins, histogramEdges } from './histogram.js';

describe(histogramEdges.name, () => {
  it('gives each of a few integers a bin of its own', () => {
    expect(histogramEdges(2007, 2009, 1)).toEqual({ from: 2007, width: 1, count: 3 });
  });
  it('never cuts an integer, and covers the last one', () => {
    const edges = histogramEdges(0, 1000, 1);
    expect(Number.isInteger(edges.width)).toBe(true);
    expect(edges.from + edges.width * edges.count).toBeGreaterThan(1000);
    expect(edges.count).toBeLessThanOrEqual(30);
  });
  it('keeps whole days for dates', () => {
    const day = 86_400_000;
    expect(histogramEdges(0, 364 * day, day).width % day).toBe(0);
  });
  it('cuts numbers into thirty equal parts, the whole range of doubles too', () => {
    expect(histogramEdges(0, 3, 0)).toEqual({ from: 0, width: 0.1, count: 30 });
    expect(Number.isFinite(histogramEdges(-Number.MAX_VALUE, Number.MAX_VALUE, 0).width)).toBe(true);
  });
  it('gives one bin to one value', () => {
    expect(histogramEdges(5, 5, 0)).toMatchObject({ from: 5, count: 1 });
  });
});

describe(countBins.name, () => {
  it('shows empty bins', () => {
    expect(countBins({ from: 0, width: 1, count: 3 }, [[2, 7]]).map(({ count }) => count)).toEqual([0, 0, 7]);
  });
});
