import { describe, expect, it } from 'vitest';
import { chartCsv, lookOfSeries, nearest, pointsOf } from './chart-spec';
import { meanOf, smoothed, withSmoothing } from './smoothing';

const points = (y: (number | string)[]) =>
  pointsOf(
    y.map((_, index) => index),
    y,
  );
const ys = (line: Float64Array): number[] => [...line].filter((_, index) => index % 2 === 1);

describe(smoothed, () => {
  it('leaves a constant as it is, from its first point on', () => {
    expect(ys(smoothed(points([5, 5, 5, 5]), 0.9)).every((y) => Math.abs(y - 5) < 1e-9)).toBe(true);
  });
  it('goes over gaps without filling them', () => {
    const line = ys(smoothed(points([1, 'NaN', 3]), 0.5));
    expect(line[1]).toBeNaN();
    expect(line[2]).toBeCloseTo((1 * 0.25 + 3 * 0.5) / 0.75);
  });
  it('keeps x as it is', () => {
    expect([...smoothed(points([1, 2]), 0.5)].filter((_, index) => index % 2 === 0)).toEqual([0, 1]);
  });
});
describe(withSmoothing, () => {
  it('draws the raw line faint behind the smoothed one, and leaves scatters and short lines alone', () => {
    const lines = withSmoothing(
      [
        { name: 'long', points: points([1, 2, 3]) },
        { name: 'short', points: points([1]) },
        { name: 'dots', points: points([1, 2, 3]), kind: 'scatter' },
      ],
      0.5,
    );
    expect(lines.map((line) => [line.name, line.faint ?? false])).toEqual([
      ['long', true],
      ['long', false],
      ['short', false],
      ['dots', false],
    ]);
  });
  it('does nothing at zero', () => {
    expect(withSmoothing([{ name: 'a', points: points([1, 2, 3]) }], 0)).toHaveLength(1);
  });
});
describe(meanOf, () => {
  it('reads curves between their points, and not beyond their ends', () => {
    const { mean, band } = meanOf([pointsOf([0, 2], [0, 4]), pointsOf([1], [10])]);
    expect([...mean]).toEqual([0, 0, 1, 6, 2, 4]);
    expect(band[4]).toBeCloseTo(6 - Math.sqrt(32));
    expect(band[7]).toBe(4);
  });
});
describe(nearest, () => {
  it('finds the value beside the pointer', () => {
    const line = pointsOf([0, 10, 20], [1, 2, 3]);
    expect([-5, 4, 6, 99].map((x) => nearest(line, x))).toEqual([1, 1, 2, 3]);
    expect(nearest(new Float64Array(), 1)).toBeUndefined();
  });
});
describe(lookOfSeries, () => {
  it('tells eighteen lines apart', () => {
    const looks = Array.from({ length: 18 }, (_, index) => JSON.stringify(lookOfSeries(index)));
    expect(new Set(looks).size).toBe(18);
  });
});
describe(chartCsv, () => {
  it('writes raw points in long form', () => {
    const spec = { title: 't', x: { label: 'step' }, y: { label: 'loss' }, series: [{ name: 'a,b', points: points([0.5]) }] };
    expect(chartCsv(spec)).toBe('series,step,loss\r\n"a,b",0,0.5');
  });
});
