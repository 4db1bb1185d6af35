import { describe, expect, it } from '@jest/globals';
import type { FeaturePlan } from '../features/feature-plan.js';
import { binTable, floorToFloat32, missingBin } from './binning.js';

const plan: FeaturePlan = { columns: [{ name: 'x', type: 'number' }], features: [{ kind: 'number', column: 'x' }] };

describe(floorToFloat32.name, () => {
  it('never exceeds the number, and is the nearest float32 below it', () => {
    for (const value of [0.1, -0.1, 1 / 3, 16_777_217, -1e-46, 1e-46, 2.5, 1e30]) {
      const floor = floorToFloat32(value);
      expect(floor).toBeLessThanOrEqual(value);
      expect(Math.fround(floor)).toBe(floor);
      expect(Math.abs(value - floor)).toBeLessThanOrEqual(Math.max(1.5e-45, Math.abs(value) * 1.2e-7));
    }
  });
});

describe(binTable.name, () => {
  it('cuts midway between few values, missing apart', () => {
    const binned = binTable(plan, [Float32Array.of(3, 1, Number.NaN, 2, 1)], 5, 1);
    expect([...(binned.features[0]?.cuts ?? [])]).toEqual([1.5, 2.5]);
    expect([...binned.bins]).toEqual([2, 0, missingBin, 1, 0]);
  });
  it('keeps x ≤ cut ⇔ bin ≤ cut index on many skewed values', () => {
    const values = Float32Array.from({ length: 5000 }, (_, i) => Math.exp(((i * 7919) % 5000) / 200) - 1000);
    const { features, bins } = binTable(plan, [values], 5000, 1);
    const cuts = features[0]?.cuts ?? new Float32Array(0);
    expect(cuts).toHaveLength(254);
    values.forEach((value, row) => {
      const bin = bins[row] ?? 0;
      expect(bin === cuts.length || value <= (cuts[bin] ?? 0)).toBe(true);
      expect(bin === 0 || value > (cuts[bin - 1] ?? 0)).toBe(true);
    });
  });
});
