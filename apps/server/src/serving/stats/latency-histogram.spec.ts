import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { latencyBin, latencyBins, latencyQuantile } from './latency-histogram.js';

describe(latencyQuantile.name, () => {
  it('lies within a bin of the true quantile', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95, 0.99),
        (values, q) => {
          const bins = new Array<number>(latencyBins).fill(0);
          for (const value of values) bins[latencyBin(value)] = (bins[latencyBin(value)] ?? 0) + 1;
          const exact = [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? 0;
          const found = latencyQuantile(bins, q) ?? 0;
          expect(found / exact).toBeGreaterThan(0.83);
          expect(found / exact).toBeLessThan(1.2);
        },
      ),
    );
  });

  it('is null without requests', () => {
    expect(latencyQuantile(new Array<number>(latencyBins).fill(0), 0.5)).toBeNull();
  });

  it('takes what is no number and what is endless into its ends', () => {
    expect(latencyBin(Number.NaN)).toBe(0);
    expect(latencyBin(1e12)).toBe(latencyBins - 1);
  });
});
