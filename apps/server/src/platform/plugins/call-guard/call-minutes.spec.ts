import { describe, expect, it } from '@jest/globals';
import { CallMinutes, quantileMs } from './call-minutes.js';

const bucketsOf = (counts: Uint32Array): Map<number, number> => new Map([...counts].flatMap((count, i) => (count > 0 ? [[i, count]] : [])));

describe(CallMinutes.name, () => {
  it('counts calls and errors by minute, each minute once when it is over', () => {
    const minutes = new CallMinutes();
    minutes.record('a', 0, 1, false);
    minutes.record('a', 59_999, 1, true);
    minutes.record('a', 60_000, 1, false);
    const told = (now: number) => minutes.take(now).map(({ minute: { minute, calls, errors } }) => [minute, calls, errors]);
    expect(told(60_001)).toEqual([
      [0, 2, 1],
      [60_000, 1, 0],
    ]);
    expect(told(60_002)).toEqual([]);
    minutes.record('a', 60_003, 1, false);
    expect(told(60_004)).toEqual([[60_000, 2, 0]]);
  });

  it('gives quantiles within a tenth, from microseconds to minutes', () => {
    for (const durationMs of [0.004, 0.3, 7, 450, 60_000]) {
      const minutes = new CallMinutes();
      for (let i = 0; i < 100; i++) minutes.record('a', 0, i < 98 ? durationMs : durationMs * 50, false);
      const [taken] = minutes.take(0);
      const buckets = bucketsOf(taken?.minute.buckets ?? new Uint32Array());
      expect(Math.abs((quantileMs(buckets, 0.5) ?? 0) / durationMs - 1)).toBeLessThan(0.1);
      expect(Math.abs((quantileMs(buckets, 0.99) ?? 0) / (durationMs * 50) - 1)).toBeLessThan(0.1);
    }
  });

  it('has no quantile without calls', () => {
    expect(quantileMs(new Map(), 0.5)).toBeNull();
  });
});
