import type { Lifecycle } from '@crisol/contracts';
import { sqlArray, type RunStatement, type SqlValue } from '../../platform/database/statements.js';
import type { Comparison, FilterTree, OrderTerm } from './filter-tree.js';
import { runCondition } from './run-conditions.js';
import { beyondSql, orderBySql, orderColumns, orderValue } from './run-order.js';
import { SqlValues } from './sql-values.js';

/** Which runs, in which order. */
export interface RunQuery {
  /** Numbers of experiments; null for all. */
  readonly experiments: readonly string[] | null;
  readonly lifecycle: Lifecycle | 'all';
  readonly filter: FilterTree;
  readonly order: readonly OrderTerm[];
}
export interface RunWindow {
  readonly limit: number;
  readonly offset?: number;
  /** The order's values of the run after which it goes on. */
  readonly after?: readonly SqlValue[] | undefined;
}
export interface PickedRun {
  readonly num: string;
  /** The order's values, for going on after it. */
  readonly place: readonly SqlValue[];
}

/**
 * So few runs are looked at one by one; more are read in the order of an index until enough match. A clause on a metric is
 * tried last and gives up sooner: it is seldom selective, and the walk in order finds its runs soon when it is not.
 */
const few = { keyed: 5000, metric: 1000 };

/** Picks runs: their numbers, in order. */
export async function pickRuns(run: RunStatement, query: RunQuery, window: RunWindow): Promise<PickedRun[]> {
  if (query.experiments?.length === 0) return [];
  const found = await fewCandidates(run, query);
  if (found) return pick(run, { ...query, filter: found.rest }, window, { walk: false, candidates: found.nums });
  if (walksMetric(query, window)) {
    const walked = await pick(run, query, window, { walk: true, candidates: null });
    // NaN and runs without the metric come behind all others: only when these are not enough, they have to be found.
    if (walked.length === window.limit) return walked;
  }
  return pick(run, query, window, { walk: false, candidates: null });
}

/** How many runs match. */
export async function countRuns(run: RunStatement, query: RunQuery): Promise<number> {
  if (query.experiments?.length === 0) return 0;
  const values = new SqlValues();
  const text = `select count(*) as count from run r join experiment e on e.number = r.experiment_number where ${where(query, values)}`;
  const [row] = await run<{ count: string }>({ text }, values.values);
  return Number(row?.count ?? 0);
}

function walksMetric(query: RunQuery, window: RunWindow): boolean {
  const [first] = query.order;
  return (
    query.experiments?.length === 1 &&
    first?.entity === 'metric' &&
    first.of === 'last' &&
    (window.after === undefined || window.after[0] === 0)
  );
}

/** Conditions on the runs themselves that every run of the answer fulfils. */
function where(query: RunQuery, values: SqlValues, withFilter = true): string {
  const conditions: string[] = [];
  if (query.experiments) conditions.push(experimentsSql(query.experiments, values));
  if (query.lifecycle !== 'all') conditions.push(`r.lifecycle = ${values.add(query.lifecycle)}`);
  if (withFilter) conditions.push(runCondition(query.filter, values));
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

function experimentsSql(experiments: readonly string[], values: SqlValues, column = 'r.experiment_number'): string {
  const [only] = experiments;
  // Equality lets an index give the order that comes after the experiment in it.
  if (only !== undefined && experiments.length === 1) return `${column} = ${values.add(only)}::bigint`;
  return `${column} = any(${values.add(sqlArray(experiments))}::bigint[])`;
}

/**
 * The runs that fulfil a selective clause, when an index finds them and they are few, and what of the filter is left then.
 * Null when there is no such clause.
 */
async function fewCandidates(run: RunStatement, query: RunQuery): Promise<{ nums: string[]; rest: FilterTree } | null> {
  const clauses = query.filter.kind === 'and' ? query.filter.parts : [query.filter];
  for (const kind of ['keyed', 'metric'] as const) {
    for (const clause of clauses) {
      if (clause.kind !== 'comparison' || (clause.entity === 'metric') !== (kind === 'metric')) continue;
      const values = new SqlValues();
      const text = candidatesSql(query, clause, values);
      if (text === null) continue;
      const rows = await run<{ num: string }>({ text: `${text} limit ${few[kind] + 1}` }, values.values);
      if (rows.length > few[kind]) continue;
      return { nums: rows.map((row) => row.num), rest: { kind: 'and', parts: clauses.filter((other) => other !== clause) } };
    }
  }
  return null;
}

function candidatesSql(query: RunQuery, clause: Comparison, values: SqlValues): string | null {
  const keyed = clause.entity === 'param' || clause.entity === 'tag';
  if ((keyed && clause.comparator === '=') || (clause.key === 'run_id' && (clause.comparator === '=' || clause.comparator === 'IN')))
    return `select r.num from run r where ${where(query, values, false)} and ${runCondition(clause, values)}`;
  if (clause.entity === 'metric' && clause.comparator !== '!=' && query.experiments?.length === 1) {
    const comparator =
      clause.comparator === '='
        ? '='
        : clause.comparator === '>'
          ? '>'
          : clause.comparator === '>='
            ? '>='
            : clause.comparator === '<'
              ? '<'
              : '<=';
    return `select s.run_num as num from metric_series s where ${experimentsSql(query.experiments, values, 's.experiment_number')}
      and s.name = ${values.add(clause.key)} and s.last ${comparator} ${values.add(Number(clause.value))}::float8 and s.last < 'NaN'`;
  }
  return null;
}

async function pick(
  run: RunStatement,
  query: RunQuery,
  window: RunWindow,
  how: { readonly walk: boolean; readonly candidates: readonly string[] | null },
): Promise<PickedRun[]> {
  const values = new SqlValues();
  const columns = orderColumns(query.order);
  const [first, ...others] = query.order;
  const walked = how.walk && first !== undefined;
  const source = walked
    ? `metric_series w join run r on r.num = w.run_num join experiment e on e.number = r.experiment_number`
    : `run r join experiment e on e.number = r.experiment_number`;
  const conditions = [where(query, values)];
  if (how.candidates) conditions.push(`r.num = any(${values.add(sqlArray(how.candidates))}::bigint[])`);
  if (walked && query.experiments) {
    conditions.push(`${experimentsSql(query.experiments, values, 'w.experiment_number')} and w.name = ${values.add(first.key)}`);
    conditions.push(`w.last < 'NaN'`);
    const from = window.after?.[1];
    if (from !== undefined && from !== null) conditions.push(`w.last ${first.descending ? '<=' : '>='} ${values.add(from)}::float8`);
  }
  const ordered = walked
    ? ['w.last as v0', ...others.map((term, index) => `${orderValue(term, values)} as v${index + 1}`)]
    : query.order.map((term, index) => `${orderValue(term, values)} as v${index}`);
  // A fence: without it each mention of a value would look it up again. The walk has none, so that its index gives the order.
  const fence = ordered.length > 0 && !walked ? 'offset 0' : '';
  const names = columns.map((_, index) => `o${index}`);
  // In a walk the first column is always 0 and the second the index's own: named so, PostgreSQL sees that they are in order.
  const expressions = columns.map((column, index) =>
    walked && index === 0 ? '0 as o0' : walked && index === 1 ? 'v0 as o1' : `${column.sql} as o${index}`,
  );
  const after = window.after ? `where ${beyondSql(columns, window.after, values)}` : '';
  const text = `select num, ${names.join(', ')} from (
      select num, ${expressions.join(', ')} from (
        select ${['r.num', 'r.start_time', 'r.id', ...ordered].join(', ')} from ${source} where ${conditions.join(' and ')} ${fence}
      ) as raw
    ) as placed ${after}
    order by ${walked ? `o1 ${first.descending ? 'desc' : 'asc'}, ${orderBySql(columns, 2)}` : orderBySql(columns)}
    limit ${values.add(window.limit)}::bigint offset ${values.add(window.offset ?? 0)}::bigint`;
  const rows = await run<Record<string, SqlValue>>({ text }, values.values);
  return rows.map((row) => ({ num: String(row['num']), place: names.map((name) => placeOf(row[name])) }));
}

/** JSON has no infinity, and a cursor is JSON. */
function placeOf(value: SqlValue | undefined): SqlValue {
  if (value === undefined) return null;
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
