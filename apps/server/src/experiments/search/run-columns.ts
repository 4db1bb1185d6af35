import { looseNumber, type RunColumns } from '@crisol/contracts';
import { sqlArray, type RunStatement } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { mlflowIdOf, runIdOf } from '../runs/run-ids.js';
import { parentTag } from '../runs/run-mapper.js';
import { SqlValues } from './sql-values.js';

const isoSql = (ms: string): string => `to_char(to_timestamp(${ms} / 1000.0) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const versionSql = (column: string, name: string): string => `${column} ->> '${name}' || ' v' || (${column} ->> 'version')`;

/** Attributes that one expression over `run r` and `experiment e` gives. */
const attributes: Readonly<Record<string, string>> = {
  id: 'r.id',
  mlflowId: 'r.id',
  name: 'r.name',
  state: 'r.state',
  user: 'r.user_name',
  source: 'r.source',
  startedAt: isoSql('r.start_time'),
  finishedAt: isoSql('r.end_time'),
  durationMs: 'r.end_time - r.start_time',
  experiment: 'e.name',
  datasetVersion: versionSql('r.dataset_version', 'dataset'),
  modelVersion: versionSql('r.model_version', 'model'),
  lifecycle: 'r.lifecycle',
  parent: `r.tags ->> '${parentTag}'`,
};

type Column = RunColumns['columns'][string];
const metricField = /^(?:(min|max)\(metrics\.(.+)\)|metrics\.(.+))$/s;

/** Columns of runs, each put together by PostgreSQL; the order is that of the numbers. */
export async function readColumns(
  run: RunStatement,
  nums: readonly string[],
  fields: readonly string[],
): Promise<Pick<RunColumns, 'ids' | 'columns'>> {
  const columns: Record<string, Column> = {};
  const plain: { field: string; sql: string; after: (column: Column) => Column }[] = [];
  const metrics: { field: string; of: 'last' | 'min' | 'max'; name: string }[] = [];
  const values = new SqlValues();
  const given = values.add(sqlArray(nums));
  for (const field of new Set(fields)) {
    const metric = metricField.exec(field);
    if (metric) {
      const of = metric[1] === 'min' || metric[1] === 'max' ? metric[1] : 'last';
      metrics.push({ field, of, name: metric[2] ?? metric[3] ?? '' });
      continue;
    }
    const dot = field.indexOf('.');
    const key = field.slice(dot + 1);
    const kind = field.slice(0, dot);
    const sql =
      kind === 'params'
        ? `r.params ->> ${values.add(key)}`
        : kind === 'tags'
          ? `r.tags ->> ${values.add(key)}`
          : Object.hasOwn(attributes, key)
            ? attributes[key]
            : undefined;
    if (sql === undefined)
      throw problem('validation_failed', {
        errors: [
          { pointer: '/fields', code: 'unknown_field', message: `${field} is not one of attributes.${Object.keys(attributes).join(', ')}` },
        ],
      });
    plain.push({ field, sql, after: kind === 'attributes' ? (afterwards[key] ?? same) : same });
  }
  const wanted = plain.map(({ sql }, index) => `${sql} as c${index}`);
  const gathered = ['id', ...plain.map((_, index) => `c${index}`)].map((name) => `coalesce(json_agg(${name}), '[]') as ${name}`);
  const [row] = await run<Record<string, Column>>(
    {
      text: `select ${gathered.join(', ')} from (
          select ${['r.id', ...wanted].join(', ')} from unnest(${given}::bigint[]) with ordinality as wanted (num, place)
          join run r on r.num = wanted.num join experiment e on e.number = r.experiment_number order by wanted.place
        ) as ordered`,
    },
    values.values,
  );
  for (const [index, { field, after }] of plain.entries()) columns[field] = after(row?.[`c${index}`] ?? []);
  if (metrics.length > 0) await readMetrics(run, nums, metrics, columns);
  return {
    ids: (row?.['id'] ?? []).map(String),
    columns: Object.fromEntries([...new Set(fields)].map((field) => [field, columns[field] ?? []])),
  };
}

const same = (column: Column): Column => column;
/** What is easier said here than in SQL. */
const afterwards: Readonly<Record<string, (column: Column) => Column>> = {
  mlflowId: (column) => column.map((id) => mlflowIdOf(String(id))),
  parent: (column) => column.map((id) => (id === null ? null : (runIdOf(String(id)) ?? null))),
};

async function readMetrics(
  run: RunStatement,
  nums: readonly string[],
  metrics: readonly { field: string; of: 'last' | 'min' | 'max'; name: string }[],
  columns: Record<string, Column>,
): Promise<void> {
  const places = new Map(nums.map((num, place) => [Number(num), place]));
  const rows = await run<{ name: string; nums: number[]; last: (number | string)[]; min: (number | string)[]; max: (number | string)[] }>(
    {
      text: `select s.name, json_agg(s.run_num) as nums, json_agg(s.last) as last, json_agg(s.min) as min, json_agg(s.max) as max
        from metric_series s where s.run_num = any($1::bigint[]) and s.name = any($2::text[]) group by s.name`,
    },
    [sqlArray(nums), sqlArray([...new Set(metrics.map((metric) => metric.name))])],
  );
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const { field, of, name } of metrics) {
    const column: Column = new Array<Column[number]>(nums.length).fill(null);
    const found = byName.get(name);
    for (const [index, num] of (found?.nums ?? []).entries()) {
      const place = places.get(num);
      const value = found?.[of][index];
      if (place !== undefined && value !== undefined) column[place] = looseNumber(Number(value));
    }
    columns[field] = column;
  }
}
