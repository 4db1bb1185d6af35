import { looseNumber, type Series, type SeriesQuery } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { problem } from '../platform/http/problem.js';

const maxRuns = 50;
const maxMetrics = 20;

/** Keeps at most `maxPoints` points: the smallest and the greatest value of each of `maxPoints / 2` equal stretches, in order. */
export function reduceMinMax(
  x: readonly number[],
  y: readonly number[],
  maxPoints: number,
): { x: number[]; y: number[]; reduced: boolean } {
  if (x.length <= maxPoints) return { x: [...x], y: [...y], reduced: false };
  const stretches = Math.max(1, Math.floor(maxPoints / 2));
  const kept: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const start = Math.floor((stretch * x.length) / stretches);
    const end = Math.floor(((stretch + 1) * x.length) / stretches);
    let low = start;
    let high = start;
    for (let i = start; i < end; i++) {
      const value = y[i] ?? Number.NaN;
      if (!(value >= (y[low] ?? Number.NaN))) low = i;
      if (!(value <= (y[high] ?? Number.NaN))) high = i;
    }
    kept.push(...(low === high ? [low] : low < high ? [low, high] : [high, low]));
  }
  return { x: kept.map((i) => x[i] ?? Number.NaN), y: kept.map((i) => y[i] ?? Number.NaN), reduced: true };
}

/** Curves of runs, as columns. */
export async function readSeries(em: EntityManager, query: SeriesQuery): Promise<Series> {
  const runs = [...new Set(query.runs.split(','))];
  const metrics = [...new Set(query.metrics.split(','))];
  if (runs.length > maxRuns)
    throw problem('validation_failed', { detail: `At most ${maxRuns} runs a call; you asked for ${runs.length}.` });
  if (metrics.length > maxMetrics)
    throw problem('validation_failed', { detail: `At most ${maxMetrics} metrics a call; you asked for ${metrics.length}.` });
  const series: Series = {};
  for (const run of runs) {
    const curves: Series[string] = {};
    for (const metric of metrics) {
      const rows = await em.execute<{ x: string; y: number }[]>(
        `select ${query.x === 'time' ? 'at' : 'step'} as x, value as y from metric_point where run_id = ? and name = ? order by step, at, value`,
        [run, metric],
      );
      if (rows.length === 0) continue;
      const { x, y, reduced } = reduceMinMax(
        rows.map((row) => Number(row.x)),
        rows.map((row) => Number(row.y)),
        query.maxPoints,
      );
      curves[metric] = { x, y: y.map(looseNumber), total: rows.length, reduced };
    }
    series[run] = curves;
  }
  return series;
}
