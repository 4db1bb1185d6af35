import { sqlArray, type RunStatement, type SqlValue, type Statements } from '../../platform/database/statements.js';

export interface Point {
  readonly name: string;
  readonly step: number | bigint;
  readonly value: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number | bigint;
}

/** A point of some run; the runs stand in a list of their own. */
export interface RunPoint extends Point {
  readonly run: number;
}

const given = `given as (
    select run.num, run.experiment_number, point.name, point.at, point.step, point.value
    from (select distinct * from unnest($2::int[], $3::text[], $4::bigint[], $5::bigint[], $6::float8[]) as point (place, name, at, step, value)) as point
    join unnest($1::text[]) with ordinality as wanted (id, place) on wanted.place = point.place
    join run on run.id = wanted.id and run.lifecycle = 'active'
  )`;

/** Names that a run has no series for yet get one, without a point: the next statement of the transaction gives it the first. */
const startSeries = {
  name: 'metric-start-series',
  text: `with ${given}
    insert into metric_series (run_num, experiment_number, name, last, last_step, last_at, min, max, count)
    select distinct num, experiment_number, name, 'NaN'::float8, 0, 0, 'NaN'::float8, 'NaN'::float8, 0 from given order by num, name
    on conflict (run_num, name) do nothing`,
};

/**
 * Adds points and brings the series up to date. A point that is there already adds nothing, so a batch may be sent again.
 * The last value is the one of the greatest (step, time, value), where NaN counts as 0, as for MLflow; as minimum and
 * maximum NaN counts only when nothing else is there. Does nothing at all when a series is missing, and says so.
 */
const addToSeries = {
  name: 'metric-add',
  text: `with ${given}, placed as (
      select s.id, g.at, g.step, g.value, g.num, g.name from given g left join metric_series s on s.run_num = g.num and s.name = g.name
    ), ready as (
      select id, at, step, value from placed where not exists (select from placed where id is null) order by id, at, step, value
    ), added as (
      insert into metric_point (series, at, step, value) select id, at, step, value from ready
      on conflict do nothing
      returning series, at, step, value
    ), summed as (
      select series,
        (array_agg(value order by step desc, at desc, ranked desc))[1] as last,
        max(step) as last_step,
        (array_agg(at order by step desc, at desc, ranked desc))[1] as last_at,
        coalesce(min(value) filter (where value <> 'NaN'), 'NaN') as min,
        coalesce(max(value) filter (where value <> 'NaN'), 'NaN') as max,
        count(*) as count
      from (select *, case when value = 'NaN' then 0 else value end as ranked from added) as added group by series order by series
    ), locked as (
      select s.id from metric_series s join summed on summed.series = s.id order by s.id for no key update of s
    ), updated as (
      update metric_series as old set
        last = case when old.count = 0 or (n.last_step, n.last_at, case when n.last = 'NaN' then 0 else n.last end)
          > (old.last_step, old.last_at, case when old.last = 'NaN' then 0 else old.last end) then n.last else old.last end,
        last_step = case when old.count = 0 then n.last_step else greatest(old.last_step, n.last_step) end,
        last_at = case when old.count = 0 or (n.last_step, n.last_at) > (old.last_step, old.last_at) then n.last_at else old.last_at end,
        min = case when old.min = 'NaN' then n.min when n.min = 'NaN' then old.min else least(old.min, n.min) end,
        max = case when old.max = 'NaN' then n.max when n.max = 'NaN' then old.max else greatest(old.max, n.max) end,
        count = old.count + n.count
      from summed n join locked on locked.id = n.series where old.id = n.series
    )
    select exists (select from placed where id is null) as missing,
      (select array_agg(wanted.place - 1) from unnest($1::text[]) with ordinality as wanted (id, place)
       join run on run.id = wanted.id and run.lifecycle = 'active') as active`,
};

/**
 * Adds points of several runs, all of them or none. Gives the places of the runs that are there and active; points of other
 * runs are left out. To be called in a transaction when a name may be new, as `addPointsOf` does.
 */
async function addPointsOf(run: RunStatement, values: readonly SqlValue[]): Promise<ReadonlySet<number>> {
  const [first] = await run<Added>(addToSeries, values);
  if (!first?.missing) return new Set((first?.active ?? []).map(Number));
  await run(startSeries, values);
  const [second] = await run<Added>(addToSeries, values);
  return new Set((second?.active ?? []).map(Number));
}

interface Added {
  readonly missing: boolean;
  readonly active: readonly string[] | null;
}

function valuesOf(runIds: readonly string[], points: readonly RunPoint[]): SqlValue[] {
  const lists = { run: '', at: '', step: '', value: '' };
  for (const [index, point] of points.entries()) {
    const comma = index === 0 ? '' : ',';
    lists.run += `${comma}${point.run + 1}`;
    lists.at += `${comma}${point.at}`;
    lists.step += `${comma}${point.step}`;
    lists.value += `${comma}${point.value}`;
  }
  const names = sqlArray(points.map((point) => point.name));
  return [sqlArray(runIds), `{${lists.run}}`, names, `{${lists.at}}`, `{${lists.step}}`, `{${lists.value}}`];
}

/** Adds points of several runs in a transaction of its own; one statement when no name is new. */
export async function writePoints(
  statements: Statements,
  runIds: readonly string[],
  points: readonly RunPoint[],
): Promise<ReadonlySet<number>> {
  const values = valuesOf(runIds, points);
  const [added] = await statements.run<Added>(addToSeries, values);
  if (added && !added.missing) return new Set((added.active ?? []).map(Number));
  return statements.transaction((run) => addPointsOf(run, values));
}

/** Adds points of one run. To be called in a transaction. */
export async function addPoints(run: RunStatement, runId: string, points: readonly Point[]): Promise<void> {
  if (points.length === 0) return;
  const rounded = points.map((point) => ({ ...point, at: typeof point.at === 'number' ? Math.round(point.at) : point.at, run: 0 }));
  await addPointsOf(run, valuesOf([runId], rounded));
}

/** Forgets the points of a run, for an attempt that starts over. */
export async function clearPoints(run: RunStatement, runId: string): Promise<void> {
  await run(
    { text: 'delete from metric_point where series in (select s.id from metric_series s join run r on r.num = s.run_num where r.id = $1)' },
    [runId],
  );
  await run({ text: 'delete from metric_series where run_num = (select num from run where id = $1)' }, [runId]);
}
