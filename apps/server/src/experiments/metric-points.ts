import { looseNumber, type MetricSummary } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';

export interface Point {
  readonly name: string;
  readonly step: number;
  readonly value: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/**
 * Adds points of a run and brings its summaries up to date, in one statement. A point that is there already adds nothing,
 * so a batch may be sent again. The last value is the one of the greatest (step, time, value); NaN sorts as the greatest
 * value and counts neither as minimum nor as maximum unless nothing else is there.
 */
export async function addPoints(em: EntityManager, runId: string, points: readonly Point[]): Promise<void> {
  if (points.length === 0) return;
  await em.execute(
    `with given as (
       select distinct * from unnest(array[?]::text[], array[?]::bigint[], array[?]::bigint[], array[?]::float8[]) as point (name, step, at, value)
     ), added as (
       insert into metric_point (run_id, name, step, at, value)
       select ?, name, step, at, value from given
       on conflict do nothing
       returning name, step, at, value
     ), summed as (
       select name,
         (array_agg(value order by step desc, at desc, value desc))[1] as last,
         (array_agg(step order by step desc, at desc, value desc))[1] as last_step,
         (array_agg(at order by step desc, at desc, value desc))[1] as last_at,
         coalesce(min(value) filter (where value <> 'NaN'), 'NaN') as min,
         coalesce(max(value) filter (where value <> 'NaN'), 'NaN') as max,
         count(*) as count
       from added group by name
     )
     insert into metric_summary as old (run_id, name, last, last_step, last_at, min, max, count)
     select ?, name, last, last_step, last_at, min, max, count from summed order by name
     on conflict (run_id, name) do update set
       last = case when (excluded.last_step, excluded.last_at, excluded.last) > (old.last_step, old.last_at, old.last) then excluded.last else old.last end,
       last_step = greatest(old.last_step, excluded.last_step),
       last_at = case when (excluded.last_step, excluded.last_at) > (old.last_step, old.last_at) then excluded.last_at else old.last_at end,
       min = case when old.min = 'NaN' then excluded.min when excluded.min = 'NaN' then old.min else least(old.min, excluded.min) end,
       max = case when old.max = 'NaN' then excluded.max when excluded.max = 'NaN' then old.max else greatest(old.max, excluded.max) end,
       count = old.count + excluded.count`,
    [
      points.map((point) => point.name),
      points.map((point) => point.step),
      points.map((point) => Math.round(point.at)),
      points.map((point) => String(point.value)),
      runId,
      runId,
    ],
    'run',
  );
}

/** Forgets the points of a run, for an attempt that starts over. */
export async function clearPoints(em: EntityManager, runId: string): Promise<void> {
  await em.execute('delete from metric_point where run_id = ?', [runId], 'run');
  await em.execute('delete from metric_summary where run_id = ?', [runId], 'run');
}

interface SummaryRow {
  run_id: string;
  name: string;
  last: number;
  last_step: string;
  min: number;
  max: number;
  count: string;
}

/** Summaries of several runs, by run and metric. */
export async function readSummaries(em: EntityManager, runIds: readonly string[]): Promise<Map<string, Record<string, MetricSummary>>> {
  if (runIds.length === 0) return new Map();
  const rows = await em.execute<SummaryRow[]>('select * from metric_summary where run_id = any(array[?]::text[]) order by run_id, name', [
    [...runIds],
  ]);
  const byRun = new Map<string, Record<string, MetricSummary>>();
  for (const row of rows) {
    const summaries = byRun.get(row.run_id) ?? {};
    summaries[row.name] = {
      last: looseNumber(Number(row.last)),
      min: looseNumber(Number(row.min)),
      max: looseNumber(Number(row.max)),
      step: Number(row.last_step),
      count: Number(row.count),
    };
    byRun.set(row.run_id, summaries);
  }
  return byRun;
}
