import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { installationKey, readSignedCursor, signCursor } from '../../platform/database/signed-cursor.js';
import { sqlArray, Statements, type SqlValue } from '../../platform/database/statements.js';

/** Points of a curve as JSON that is a text already: `{"key","value","timestamp","step"}`, one after the other with commas. */
export interface HistoryPage {
  readonly json: string;
  readonly next: string | null;
}

/** What MLflow's clients read: infinity has no JSON form there, NaN is a text. */
const valueSql = `case p.value when 'NaN' then '"NaN"' when 'Infinity' then '1.7976931348623157e+308'
  when '-Infinity' then '-1.7976931348623157e+308' else p.value::text end`;
/** MLflow's order among points of one time and step: NaN stands where 0 does, right behind it. */
const rankSql = (value: string): string => `case when ${value} = 'NaN' then 0 else ${value} end`;

const curveSql = {
  name: 'metric-curve',
  text: `select s.id, to_json(s.name)::text as key from metric_series s join run r on r.num = s.run_num where r.id = $1 and s.name = $2`,
};
/**
 * Without a name, so that it is planned for this curve: a long one is then read in the order of its index as far as the page
 * goes, where a plan for any curve would sort all of it.
 */
const pageSql = {
  text: `with page as materialized (
      select p.at, p.step, p.value from metric_point p
      where p.series = $1::bigint and ($4::bigint is null or (
        (p.at, p.step) >= ($4::bigint, $5::bigint)
        and ((p.at, p.step) > ($4::bigint, $5::bigint)
          or (${rankSql('p.value')}, p.value = 'NaN') > (${rankSql('$6::float8')}, $6::float8 = 'NaN'))))
      order by p.at, p.step, ${rankSql('p.value')}, p.value = 'NaN'
      limit $3::bigint + 1
    )
    select (select count(*) from page) > $3::bigint as more,
      (select json_build_array(at::text, step::text, value::text) from (select * from page offset $3::bigint - 1 limit 1) as last) as last,
      (select string_agg('{"key":' || $2::text || ',"value":' || ${valueSql} || ',"timestamp":' || p.at || ',"step":' || p.step || '}', ',')
       from (select * from page limit $3::bigint) as p) as json`,
};

/** Of each run at most so many points: the first of each of equally large groups, and the last of all. */
const sampledSql = {
  name: 'metric-samples',
  text: `select string_agg('{"key":' || to_json($2::text)::text || ',"value":' || ${valueSql} || ',"timestamp":' || p.at || ',"step":' || p.step
      || ',"run_id":"' || mlflow_run_id(p.run_id) || '"}', ',' order by p.place, p.position) as json
    from (
      select grouped.*, row_number() over (partition by place, part order by position) as nth
      from (
        select wanted.place, r.id as run_id, p.at, p.step, p.value,
          row_number() over points as position, count(*) over (partition by wanted.place) as total,
          ntile($5::int) over points as part
        from unnest($1::text[]) with ordinality as wanted (id, place)
        join run r on r.id = wanted.id
        join metric_series s on s.run_num = r.num and s.name = $2
        join metric_point p on p.series = s.id
        where $3::bigint is null or p.step between $3::bigint and $4::bigint
        window points as (partition by wanted.place order by p.step, p.at, ${rankSql('p.value')}, p.value = 'NaN')
      ) as grouped
    ) as p
    where total <= $5::int or (nth = 1 and part < $5::int) or position = total`,
};

/** Reads curves for MLflow's clients, as JSON that PostgreSQL puts together: no point is ever an object here. */
@Injectable()
export class MetricHistories {
  constructor(
    private readonly database: Database,
    private readonly statements: Statements,
  ) {}

  /** One page; undefined when the token was not given out here. */
  async page(runId: string, name: string, limit: number, token: string | undefined): Promise<HistoryPage | undefined> {
    const key = await this.database.read((em) => installationKey(em));
    let after: SqlValue[] = [null, null, null];
    if (token !== undefined) {
      const content = readSignedCursor(token, key);
      if (!Array.isArray(content) || content[0] !== 'history') return undefined;
      after = content.slice(1, 4).map(String);
    }
    const [curve] = await this.statements.run<{ id: string; key: string }>(curveSql, [runId, name]);
    if (!curve) return { json: '', next: null };
    const [row] = await this.statements.run<{ more: boolean; last: string[] | null; json: string | null }>(pageSql, [
      curve.id,
      curve.key,
      limit,
      ...after,
    ]);
    return { json: row?.json ?? '', next: row?.more && row.last ? signCursor(['history', ...row.last], key) : null };
  }

  /** Points of several runs, thinned out to at most `limit` a run. */
  async sampled(
    runIds: readonly string[],
    name: string,
    steps: { readonly start: string; readonly end: string } | null,
    limit: number,
  ): Promise<string> {
    const [row] = await this.statements.run<{ json: string | null }>(sampledSql, [
      sqlArray(runIds),
      name,
      steps?.start ?? null,
      steps?.end ?? null,
      limit,
    ]);
    return row?.json ?? '';
  }

  /** Points of several runs one after the other, at most `limit` in all, each with its run. */
  async bulk(runIds: readonly string[], name: string, limit: number): Promise<string> {
    const [row] = await this.statements.run<{ json: string | null }>(
      {
        name: 'metric-bulk',
        text: `select string_agg('{"key":' || to_json($2::text)::text || ',"run_id":"' || mlflow_run_id(p.run_id) || '","step":' || p.step
            || ',"timestamp":' || p.at || ',"value":' || ${valueSql} || '}', ',' order by p.place, p.at, p.step, ${rankSql('p.value')}) as json
          from (
            select wanted.place, r.id as run_id, p.at, p.step, p.value
            from unnest($1::text[]) with ordinality as wanted (id, place) join run r on r.id = wanted.id
            join metric_series s on s.run_num = r.num and s.name = $2 join metric_point p on p.series = s.id
            order by wanted.place, p.at, p.step, ${rankSql('p.value')} limit $3::bigint
          ) as p`,
      },
      [sqlArray(runIds), name, limit],
    );
    return row?.json ?? '';
  }
}
