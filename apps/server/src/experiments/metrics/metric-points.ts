import { sqlArray, type RunStatement, type SqlValue, type Statements } from '../../platform/database/statements.js';
import type { Point, RunPoints } from './point.js';
import { summarise, type SeriesOfPoints } from './series-summary.js';

/** The series that points go to, with what the points of each add up to: `$1` run ids, `$2` … `$9` one value a series. */
const wanted = `wanted as (
    select r.num, r.experiment_number, s.place, s.name, s.last, s.last_step, s.last_at, s.min, s.max, s.count
    from unnest($2::int[], $3::text[], $4::float8[], $5::bigint[], $6::bigint[], $7::float8[], $8::float8[], $9::bigint[]) with ordinality
      as s (run, name, last, last_step, last_at, min, max, count, place)
    join unnest($1::text[]) with ordinality as w (id, place) on w.place = s.run
    join run r on r.id = w.id and r.lifecycle = 'active'
  )`;

/** Names that a run has no series for yet get one, without a point: the next statement of the transaction gives it the first. */
const startSeries = {
  name: 'metric-start-series',
  text: `with ${wanted}
    insert into metric_series (run_num, experiment_number, name, last, last_step, last_at, min, max, count)
    select num, experiment_number, name, 'NaN'::float8, 0, 0, 'NaN'::float8, 'NaN'::float8, 0 from wanted order by num, name
    on conflict (run_num, name) do nothing`,
};

/**
 * Adds points and brings the series up to date, in one statement. The last value is the one of the greatest (step, time,
 * value), where NaN counts as 0, as for MLflow; as minimum and maximum NaN counts only when nothing else is there. Does
 * nothing at all when a series is missing, and says so. Rows are taken in the order of their keys, so that statements that
 * meet wait for each other and never in a circle.
 */
const addToSeries = (repeats: boolean) => ({
  name: repeats ? 'metric-add-again' : 'metric-add',
  text: `with ${wanted}, placed as (
      select m.id, w.* from wanted w left join metric_series m on m.run_num = w.num and m.name = w.name
    ), added as (
      insert into metric_point (series, at, step, value)
      select placed.id, p.at, p.step, p.value
      from unnest($10::int[], $11::bigint[], $12::bigint[], $13::float8[]) as p (place, at, step, value)
      join placed on placed.place = p.place
      where not exists (select from placed where id is null)
      order by placed.id, p.at, p.step, p.value
      ${repeats ? 'on conflict do nothing returning series' : ''}
    ), ready as (
      select placed.*, ${repeats ? '(select count(*) from added where added.series = placed.id)' : 'placed.count'} as added
      from placed where not exists (select from placed where id is null)
    ), locked as (
      select m.id from metric_series m where m.id in (select id from ready) order by m.id for no key update
    ), updated as (
      update metric_series as old set
        last = case when old.count = 0 or (n.last_step, n.last_at, case when n.last = 'NaN' then 0 else n.last end)
          > (old.last_step, old.last_at, case when old.last = 'NaN' then 0 else old.last end) then n.last else old.last end,
        last_step = case when old.count = 0 then n.last_step else greatest(old.last_step, n.last_step) end,
        last_at = case when old.count = 0 or (n.last_step, n.last_at) > (old.last_step, old.last_at) then n.last_at else old.last_at end,
        min = case when old.min = 'NaN' then n.min when n.min = 'NaN' then old.min else least(old.min, n.min) end,
        max = case when old.max = 'NaN' then n.max when n.max = 'NaN' then old.max else greatest(old.max, n.max) end,
        count = old.count + n.added
      from ready n join locked on locked.id = n.id where old.id = n.id
    )
    select exists (select from placed where id is null) as missing,
      (select array_agg(distinct w.id) from unnest($1::text[]) as w (id) join run on run.id = w.id and run.lifecycle = 'active') as active`,
});
const addNew = addToSeries(false);
const addAgain = addToSeries(true);

interface Added {
  readonly missing: boolean;
  readonly active: readonly string[] | null;
}

const uniqueViolation = '23505';
const isRepeat = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === uniqueViolation;

/**
 * Adds points of several runs in a transaction of its own, all of them or none, and gives the runs that are there and
 * active; points of other runs are left out. A point that is there already adds nothing, so a batch may be sent again.
 */
export async function writePoints(statements: Statements, calls: readonly RunPoints[]): Promise<ReadonlySet<string>> {
  const values = valuesOf(calls);
  try {
    const [added] = await statements.run<Added>(addNew, values);
    if (added && !added.missing) return new Set(added.active ?? []);
  } catch (error) {
    // Some points are there already: the longer way passes over them.
    if (!isRepeat(error)) throw error;
  }
  return statements.transaction((run) => add(run, values));
}

/** Adds points of one run in the caller's transaction. */
export async function addPoints(run: RunStatement, runId: string, points: readonly Point[]): Promise<void> {
  if (points.length === 0) return;
  const rounded = points.map((point) => ({ ...point, at: typeof point.at === 'number' ? Math.round(point.at) : point.at }));
  await add(run, valuesOf([{ runId, points: rounded }]));
}

async function add(run: RunStatement, values: readonly SqlValue[]): Promise<ReadonlySet<string>> {
  const [first] = await run<Added>(addAgain, values);
  if (!first?.missing) return new Set(first?.active ?? []);
  await run(startSeries, values.slice(0, 9));
  const [second] = await run<Added>(addAgain, values);
  return new Set(second?.active ?? []);
}

function valuesOf(calls: readonly RunPoints[]): SqlValue[] {
  const { runIds, series } = summarise(calls);
  const points = { place: '', at: '', step: '', value: '' };
  let comma = '';
  for (const [index, one] of series.entries()) {
    for (const point of one.points) {
      points.place += `${comma}${index + 1}`;
      points.at += `${comma}${point.at}`;
      points.step += `${comma}${point.step}`;
      points.value += `${comma}${point.value}`;
      comma = ',';
    }
  }
  const listOf = (field: (one: SeriesOfPoints) => number | bigint): string => `{${series.map((one) => String(field(one))).join(',')}}`;
  return [
    sqlArray(runIds),
    listOf((one) => one.run + 1),
    sqlArray(series.map((one) => one.name)),
    listOf((one) => one.last.value),
    listOf((one) => one.last.step),
    listOf((one) => one.last.at),
    listOf((one) => one.min),
    listOf((one) => one.max),
    listOf((one) => one.points.length),
    `{${points.place}}`,
    `{${points.at}}`,
    `{${points.step}}`,
    `{${points.value}}`,
  ];
}

/** Forgets the points of a run, for an attempt that starts over. */
export async function clearPoints(run: RunStatement, runId: string): Promise<void> {
  await run(
    {
      text: 'delete from metric_point where series in (select s.id from metric_series s join run r on r.num = s.run_num where r.id = $1)',
    },
    [runId],
  );
  await run({ text: 'delete from metric_series where run_num = (select num from run where id = $1)' }, [runId]);
}
