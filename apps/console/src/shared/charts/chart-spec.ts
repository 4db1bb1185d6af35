/** What the one chart shows. Points are x0,y0,x1,y1…, which the painter takes without copying. */
export type SeriesSlot = 1 | 2 | 3 | 4 | 5 | 6 | 'reference';
export interface ChartSeries {
  readonly name: string;
  readonly points: Float64Array;
  readonly kind?: 'line' | 'bar' | 'scatter';
  readonly slot?: SeriesSlot;
  /** A colour of its own by the name of a token, such as a step of a ramp; otherwise the slot's. */
  readonly token?: string;
  /** 0 solid, 1 and 2 dashed: tells apart what shares a colour. */
  readonly dash?: 0 | 1 | 2;
  readonly area?: boolean;
  /** Of the dots of a scatter, in pixels. */
  readonly dotSize?: number;
  /** The raw line behind its smoothed self; it has no place in the legend. */
  readonly faint?: boolean;
  /** x0,low0,high0,x1… around the line, such as a standard deviation. */
  readonly band?: Float64Array;
  /** What each point stands for, for charts whose points can be opened. */
  readonly keys?: readonly string[];
}
export interface ChartAxis {
  readonly label: string;
  readonly min?: number;
  readonly max?: number;
  readonly time?: boolean;
  /** Milliseconds that are a length of time. */
  readonly elapsed?: boolean;
  readonly whole?: boolean;
  readonly log?: boolean;
  /** Words of whole numbers, for axes of names. */
  readonly categories?: readonly string[];
}
export interface ChartSpec {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly x: ChartAxis;
  readonly y: ChartAxis;
}
export interface ChartRange {
  readonly from: number;
  readonly to: number;
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
/** The value at the point nearest to x, of points in order of x. */
export function nearest(points: Float64Array, x: number): number | undefined {
  let low = 0;
  let high = points.length / 2 - 1;
  if (high < 0) return undefined;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle * 2] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(0, low - 1);
  const closer = Math.abs((points[before * 2] ?? 0) - x) <= Math.abs((points[low * 2] ?? 0) - x) ? before : low;
  return points[closer * 2 + 1];
}

/** Six colours, then the same with dashes: eighteen entities can be told apart. */
export function lookOfSeries(index: number): { readonly slot: SeriesSlot; readonly dash: 0 | 1 | 2 } {
  const slots = [1, 2, 3, 4, 5, 6] as const;
  const dashes = [0, 1, 2] as const;
  return { slot: slots[index % 6] ?? 1, dash: dashes[Math.floor(index / 6) % 3] ?? 0 };
}

/** Rows of a chart in long form, with raw numbers. */
export function chartCsv(spec: ChartSpec): string {
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [['series', spec.x.label, spec.y.label].map(quoted).join(',')];
  for (const series of spec.series) {
    if (series.faint) continue;
    for (let i = 0; i < series.points.length; i += 2) lines.push(`${quoted(series.name)},${series.points[i]},${series.points[i + 1]}`);
  }
  return lines.join('\r\n');
}
