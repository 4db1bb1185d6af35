import type { ChartSeries } from './chart-spec';

/** Exponential smoothing with the weight of a start from nothing taken out; gaps stay gaps. `amount` is 0 (none) to below 1. */
export function smoothed(points: Float64Array, amount: number): Float64Array {
  const result = new Float64Array(points.length);
  let mean = 0;
  let seen = 0;
  for (let i = 0; i < points.length; i += 2) {
    const value = points[i + 1] ?? Number.NaN;
    result[i] = points[i] ?? Number.NaN;
    if (Number.isFinite(value)) {
      mean = mean * amount + (1 - amount) * value;
      seen++;
      result[i + 1] = mean / (1 - amount ** seen);
    } else result[i + 1] = Number.NaN;
  }
  return result;
}

/** Lines smoothed, with the raw ones faint behind them. */
export function withSmoothing(series: readonly ChartSeries[], amount: number): ChartSeries[] {
  if (amount <= 0) return [...series];
  return series.flatMap((one): ChartSeries[] =>
    (one.kind ?? 'line') !== 'line' || one.slot === 'reference' || one.points.length < 6
      ? [one]
      : [
          { ...one, faint: true },
          { ...one, points: smoothed(one.points, amount) },
        ],
  );
}

/** Mean and standard deviation of several curves, at each x where at least one has a point; curves are read between their points. */
export function meanOf(curves: readonly Float64Array[]): { mean: Float64Array; band: Float64Array } {
  const xs = [...new Set(curves.flatMap((points) => Array.from({ length: points.length / 2 }, (_, i) => points[i * 2] ?? Number.NaN)))]
    .filter((x) => Number.isFinite(x))
    .toSorted((a, b) => a - b);
  const mean = new Float64Array(xs.length * 2);
  const band = new Float64Array(xs.length * 3);
  const places = curves.map(() => 0);
  xs.forEach((x, index) => {
    const values: number[] = [];
    curves.forEach((points, curve) => {
      const value = valueAt(points, x, places, curve);
      if (Number.isFinite(value)) values.push(value);
    });
    const middle = values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;
    const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
    const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
    mean.set([x, middle], index * 2);
    band.set([x, middle - deviation, middle + deviation], index * 3);
  });
  return { mean, band };
}

/** Between two points a curve is a straight line; before its first and after its last it is not there. `places` remembers where it was. */
function valueAt(points: Float64Array, x: number, places: number[], curve: number): number {
  const count = points.length / 2;
  let place = places[curve] ?? 0;
  while (place < count && (points[place * 2] ?? 0) < x) place++;
  places[curve] = place;
  if (place >= count) return Number.NaN;
  const here = points[place * 2] ?? Number.NaN;
  const value = points[place * 2 + 1] ?? Number.NaN;
  if (here === x || place === 0) return here === x ? value : Number.NaN;
  const before = points[place * 2 - 2] ?? Number.NaN;
  const earlier = points[place * 2 - 1] ?? Number.NaN;
  return earlier + ((value - earlier) * (x - before)) / (here - before);
}
