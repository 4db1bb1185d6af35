import { describe, expect, it } from '@jest/globals';
import { summarise } from './series-summary.js';

const point = (name: string, step: number, at: number, value: number) => ({ name, step, at, value });

describe(summarise.name, () => {
  it('sorts points of several calls by run and metric', () => {
    const { runIds, series } = summarise([
      { runId: 'r1', points: [point('a', 0, 0, 1), point('b', 0, 0, 2)] },
      { runId: 'r2', points: [point('a', 0, 0, 3)] },
      { runId: 'r1', points: [point('a', 1, 0, 4)] },
    ]);
    expect(runIds).toEqual(['r1', 'r2']);
    expect(series.map((one) => [one.run, one.name, one.points.length])).toEqual([
      [0, 'a', 2],
      [0, 'b', 1],
      [1, 'a', 1],
    ]);
  });

  it('takes as last the point of the greatest step, then time, then value', () => {
    const last = (...points: ReturnType<typeof point>[]) => summarise([{ runId: 'r', points }]).series[0]?.last;
    expect(last(point('a', 2, 1, 5), point('a', 1, 9, 9))).toMatchObject({ step: 2, value: 5 });
    expect(last(point('a', 1, 1, 5), point('a', 1, 2, 1))).toMatchObject({ at: 2, value: 1 });
    expect(last(point('a', 1, 1, 5), point('a', 1, 1, 7), point('a', 1, 1, 6))).toMatchObject({ value: 7 });
  });

  it('lets NaN count as 0 among points of one step and time, and as an extreme only when nothing else is there', () => {
    const sum = (...values: number[]) => summarise([{ runId: 'r', points: values.map((value) => point('a', 0, 0, value)) }]).series[0];
    expect(sum(-5, Number.NaN)?.last.value).toBeNaN();
    expect(sum(Number.NaN, 5)?.last.value).toBe(5);
    expect(sum(Number.NaN, 5, -2)).toMatchObject({ min: -2, max: 5 });
    expect(sum(Number.NaN)).toMatchObject({ min: Number.NaN, max: Number.NaN });
  });

  it('compares large integers with small ones', () => {
    const points = [{ name: 'a', step: 2n ** 60n, at: 0, value: 1 }, point('a', 5, 0, 2)];
    expect(summarise([{ runId: 'r', points }]).series[0]?.last.value).toBe(1);
  });
});
