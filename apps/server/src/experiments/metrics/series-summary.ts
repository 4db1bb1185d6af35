import type { Point, RunPoints } from './point.js';

/** What the points of one metric of one run add up to. */
export interface SeriesOfPoints {
  /** Place of the run in the list of runs. */
  readonly run: number;
  readonly name: string;
  readonly points: Point[];
  /** The one of the greatest (step, time, value), where NaN counts as 0. */
  last: Point;
  /** NaN only when nothing else is there. */
  min: number;
  max: number;
}

/** Sorts the points of several calls by run and metric, and sums each up. */
export function summarise(calls: readonly RunPoints[]): { readonly runIds: readonly string[]; readonly series: readonly SeriesOfPoints[] } {
  const runIds: string[] = [];
  const series: SeriesOfPoints[] = [];
  const byRun = new Map<string, { readonly place: number; readonly byName: Map<string, SeriesOfPoints> }>();
  for (const call of calls) {
    let run = byRun.get(call.runId);
    if (!run) {
      run = { place: runIds.push(call.runId) - 1, byName: new Map() };
      byRun.set(call.runId, run);
    }
    for (const point of call.points) {
      const known = run.byName.get(point.name);
      if (known) fold(known, point);
      else {
        const { name, value } = point;
        const started = { run: run.place, name, points: [point], last: point, min: value, max: value };
        run.byName.set(name, started);
        series.push(started);
      }
    }
  }
  return { runIds, series };
}

function fold(series: SeriesOfPoints, point: Point): void {
  const { value } = point;
  series.points.push(point);
  if (isLater(point, series.last)) series.last = point;
  if (value < series.min || Number.isNaN(series.min)) series.min = value;
  if (value > series.max || Number.isNaN(series.max)) series.max = value;
}

/** Numbers and bigints compare by value. */
function isLater(one: Point, other: Point): boolean {
  if (one.step !== other.step) return one.step > other.step;
  if (one.at !== other.at) return one.at > other.at;
  return (one.value || 0) > (other.value || 0);
}
