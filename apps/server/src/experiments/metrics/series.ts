import { looseNumber, type Series, type SeriesQuery } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { Statements } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { runIdOf } from '../runs/run-ids.js';

const maxRuns = 50;
const maxMetrics = 20;

/** Keeps at most `maxPoints` points: both ends, and the smallest and the greatest value of each of equal stretches, in order. */
export function reduceMinMax(
  x: readonly number[],
  y: readonly number[],
  maxPoints: number,
): { x: number[]; y: number[]; reduced: boolean } {
  if (x.length <= maxPoints) return { x: [...x], y: [...y], reduced: false };
  const stretches = Math.max(1, Math.floor((maxPoints - 2) / 2));
  const kept = [0];
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
    for (const i of low < high ? [low, high] : [high, low]) if (i > (kept.at(-1) ?? 0)) kept.push(i);
  }
  if (kept.at(-1) !== x.length - 1) kept.push(x.length - 1);
  return { x: kept.map((i) => x[i] ?? Number.NaN), y: kept.map((i) => y[i] ?? Number.NaN), reduced: true };
}

const xSql: Readonly<Record<SeriesQuery['x'], string>> = { step: 'p.step', time: 'p.at', elapsed: 'p.at - o.first' };

/** One row for a curve; its points are two lists in a text each, which costs a tenth of a row for every point. */
const curveSql = (x: SeriesQuery['x']): string => `with origin as (
    select r.num, (select min(first.at) from metric_series f
      cross join lateral (select p.at from metric_point p where p.series = f.id order by p.at limit 1) as first where f.run_num = r.num) as first
    from run r where r.id = $1
  )
  select s.count as total, curve.x, curve.y from origin o join metric_series s on s.run_num = o.num and s.name = $2
  cross join lateral (
    select array_agg(x order by step, at, value)::text as x, array_agg(value order by step, at, value)::text as y
    from (select ${xSql[x]} as x, p.step, p.at, p.value from metric_point p where p.series = s.id) as points
    where ($3::float8 is null or x >= $3::float8) and ($4::float8 is null or x <= $4::float8)
  ) as curve`;

/** Reads curves of runs, as columns. */
@Injectable()
export class SeriesReader {
  constructor(private readonly statements: Statements) {}

  async read(query: SeriesQuery): Promise<Series> {
    const runs = [...new Set(query.runs.split(','))];
    const metrics = [...new Set(query.metrics.split(','))];
    if (runs.length > maxRuns)
      throw problem('validation_failed', { detail: `At most ${maxRuns} runs a call; you asked for ${runs.length}.` });
    if (metrics.length > maxMetrics)
      throw problem('validation_failed', { detail: `At most ${maxMetrics} metrics a call; you asked for ${metrics.length}.` });
    const series: Series = {};
    const text = curveSql(query.x);
    for (const run of runs) {
      const curves: Series[string] = {};
      for (const metric of metrics) {
        const [row] = await this.statements.run<{ total: string; x: string | null; y: string | null }>({ text }, [
          runIdOf(run) ?? run,
          metric,
          query.from ?? null,
          query.to ?? null,
        ]);
        if (!row) continue;
        const { x, y, reduced } = reduceMinMax(numbersIn(row.x), numbersIn(row.y), query.maxPoints);
        curves[metric] = { x, y: y.map(looseNumber), total: Number(row.total), reduced };
      }
      series[run] = curves;
    }
    return series;
  }
}

/** Reads `{1,2,NaN}`. */
function numbersIn(list: string | null): number[] {
  return list === null || list === '{}' ? [] : list.slice(1, -1).split(',').map(Number);
}
