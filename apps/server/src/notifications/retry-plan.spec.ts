import { describe, expect, it } from '@jest/globals';
import { nextWaitMs } from './retry-plan.js';

describe(nextWaitMs, () => {
  it('waits 5 s, 1 m, 5 m, 30 m, 2 h, 6 h and 24 h, and then no more', () => {
    const seconds = Array.from({ length: 8 }, (_, i) => nextWaitMs(i + 1)).map((ms) => (ms === null ? null : ms / 1000));
    expect(seconds).toEqual([5, 60, 300, 1_800, 7_200, 21_600, 86_400, null]);
  });

  it('waits longer when the receiver asks for it, but a day at most', () => {
    expect(nextWaitMs(1, 120)).toBe(120_000);
    expect(nextWaitMs(1, 10 ** 9)).toBe(86_400_000);
    expect(nextWaitMs(2, 1)).toBe(60_000);
  });
});
