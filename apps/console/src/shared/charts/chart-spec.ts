/** What the one chart shows. Points are x0,y0,x1,y1…, which the painter takes without copying. */
export interface ChartSeries {
  readonly name: string;
  readonly points: Float64Array;
  readonly kind?: 'line' | 'bar' | 'scatter';
  readonly slot?: 1 | 2 | 3 | 4 | 5 | 6 | 'reference';
  readonly area?: boolean;
}
export interface ChartSpec {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly x: { readonly label: string; readonly time?: boolean; readonly whole?: boolean; readonly min?: number; readonly max?: number };
  readonly y: { readonly label: string; readonly min?: number; readonly max?: number; readonly log?: boolean };
}
export function pointsOf(x: readonly number[], y: readonly (number | string | null)[]): Float64Array {
  const points = new Float64Array(x.length * 2);
  x.forEach((value, index) => {
    const other = y[index];
    points[index * 2] = value;
    points[index * 2 + 1] = typeof other === 'number' ? other : Number.NaN;
  });
  return points;
}
/** The last value that is a number; a gap at the end says nothing. */
export function lastOf(series: ChartSeries): number | undefined {
  for (let i = series.points.length - 1; i > 0; i -= 2) if (Number.isFinite(series.points[i])) return series.points[i];
  return undefined;
}
