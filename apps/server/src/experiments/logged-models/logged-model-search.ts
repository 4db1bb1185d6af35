import { Injectable } from '@nestjs/common';
import { sqlArray, Statements } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { comparatorOf, comparators, numberOf, textOf, textsOf } from '../search/clause-values.js';
import { comparisonSql, keyedSql, plainComparator } from '../search/comparison-sql.js';
import { checkOrderLength, parseFilter, type FilterRules, type RawClause } from '../search/filter-parser.js';
import { FilterError, type Comparison, type FilterEntity, type FilterTree } from '../search/filter-tree.js';
import { SqlValues } from '../search/sql-values.js';
import { readLoggedModels, type LoggedModelRecord } from './logged-model-record.js';

export interface LoggedModelOrder {
  readonly field: string;
  readonly ascending: boolean;
  readonly dataset?: string | undefined;
  readonly digest?: string | undefined;
}
export interface LoggedModelSearchRequest {
  /** Numbers of experiments. */
  readonly experiments: readonly number[];
  readonly filter: string;
  /** Metrics in the filter count when they were measured on one of these. */
  readonly datasets: readonly { readonly name: string; readonly digest: string | undefined }[];
  readonly order: readonly LoggedModelOrder[];
  readonly limit: number;
  readonly pageToken: string;
}

const entities: Readonly<Record<string, FilterEntity>> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
};
const texts: Readonly<Record<string, string>> = {
  name: 'l.name',
  model_id: 'l.id',
  model_type: 'l.model_type',
  // In MLflow's own names; its clients' short ones match nothing there either.
  status: `'LOGGED_MODEL_' || upper(l.state)`,
  source_run_id: 'l.source_run',
};
const times: Readonly<Record<string, string>> = {
  creation_timestamp: 'l.created_ms',
  creation_time: 'l.created_ms',
  last_updated_timestamp: 'l.updated_ms',
  last_updated_time: 'l.updated_ms',
};

const rules: FilterRules = {
  comparison(clause: RawClause): Comparison {
    const entity = clause.entity === null ? 'attribute' : Object.hasOwn(entities, clause.entity) ? entities[clause.entity] : undefined;
    if (!entity) throw new FilterError(`Invalid entity type '${clause.entity ?? ''}'. Valid values are metrics, params, tags, attributes`);
    const { key, value } = clause;
    if (value.kind === 'none')
      throw new FilterError(`Invalid comparison: ${key} ${clause.comparator}. Expected a comparison with 3 tokens.`);
    const made = (comparator: Comparison['comparator'], of: Comparison['value']): Comparison => ({
      kind: 'comparison',
      entity,
      key,
      comparator,
      value: of,
    });
    if (entity === 'metric') return made(comparatorOf(clause.comparator, comparators.numeric), numberOf(value, 'metric'));
    const expected = (got: string) => `Expected a quoted string value for ${key}. Got value ${got}`;
    if (entity === 'param' || entity === 'tag') return made(comparatorOf(clause.comparator, comparators.texts), textOf(value, expected));
    if (Object.hasOwn(times, key)) return made(comparatorOf(clause.comparator, comparators.numeric), numberOf(value, key));
    if (!Object.hasOwn(texts, key))
      throw new FilterError(`Invalid attribute key '${key}'. Valid keys are ${[...Object.keys(texts), ...Object.keys(times)].join(', ')}`);
    if (value.kind === 'list') return made(comparatorOf(clause.comparator, ['IN', 'NOT IN']), textsOf(value));
    return made(comparatorOf(clause.comparator, comparators.texts), textOf(value, expected));
  },
  order() {
    throw new FilterError('Orders of logged models have a form of their own.');
  },
};

/** Finds logged models by filter and order. */
@Injectable()
export class LoggedModelSearch {
  constructor(private readonly statements: Statements) {}

  /** @throws FilterError, and `invalid_cursor` */
  async find(search: LoggedModelSearchRequest): Promise<{ models: LoggedModelRecord[]; nextPageToken: string | null }> {
    const values = new SqlValues();
    const tree = parseFilter(search.filter, rules);
    checkOrderLength(search.order.length);
    const offset = offsetOf(search.pageToken);
    const experiments = values.add(`{${search.experiments.join(',')}}`);
    const condition = conditionOf(tree, search.datasets, values);
    const order = [...search.order.map((term) => orderSql(term, values)), 'l.created_ms desc', 'l.id'].join(', ');
    const rows = await this.statements.run<{ id: string }>(
      {
        text: `select l.id from logged_model l where l.lifecycle = 'active' and l.experiment_number = any(${experiments}::bigint[]) and ${condition}
               order by ${order} limit ${search.limit + 1} offset ${offset}`,
      },
      values.values,
    );
    const ids = rows.slice(0, search.limit).map(({ id }) => id);
    return {
      models: await readLoggedModels(this.statements.run, ids),
      nextPageToken: rows.length > search.limit ? tokenOf(offset + search.limit) : null,
    };
  }
}

function conditionOf(tree: FilterTree, datasets: LoggedModelSearchRequest['datasets'], values: SqlValues): string {
  if (tree.kind !== 'comparison') {
    if (tree.parts.length === 0) return 'true';
    return `(${tree.parts.map((part) => conditionOf(part, datasets, values)).join(` ${tree.kind} `)})`;
  }
  if (tree.entity === 'param') return keyedSql('l.params', tree, values);
  if (tree.entity === 'tag') return keyedSql('l.tags', tree, values);
  if (tree.entity === 'metric') {
    const measuredOn =
      datasets.length === 0
        ? ''
        : ` and (m.dataset_name, m.dataset_digest) in (select * from unnest(${values.add(sqlArray(datasets.map(({ name }) => name)))}::text[],
            ${values.add(sqlArray(datasets.map(({ digest }) => digest ?? null)))}::text[]))`;
    return `exists (select from logged_model_metric m where m.model_id = l.id and m.name = ${values.add(tree.key)} and m.value <> 'NaN'
      and m.value ${plainComparator(tree.comparator)} ${values.add(Number(tree.value))}::float8${measuredOn})`;
  }
  const time = times[tree.key];
  return comparisonSql(time ? `${time}::float8` : (texts[tree.key] ?? 'null'), tree.comparator, tree.value, values);
}

function orderSql({ field, ascending, dataset, digest }: LoggedModelOrder, values: SqlValues): string {
  const direction = `${ascending ? 'asc' : 'desc'} nulls last`;
  const [entity = '', ...rest] = field.split('.');
  if (rest.length === 0) {
    const column = Object.hasOwn(texts, field) ? texts[field] : Object.hasOwn(times, field) ? times[field] : undefined;
    if (column === undefined) throw new FilterError(`Invalid order by field name: ${field}`);
    return `${column} ${direction}`;
  }
  if (entity !== 'metrics') throw new FilterError(`Invalid order by field name: ${field}. Only metrics are supported.`);
  const measuredOn = [
    ...(dataset === undefined ? [] : [` and m.dataset_name = ${values.add(dataset)}`]),
    ...(digest === undefined ? [] : [` and m.dataset_digest = ${values.add(digest)}`]),
  ].join('');
  return `(select nullif(m.value, 'NaN') from logged_model_metric m where m.model_id = l.id and m.name = ${values.add(rest.join('.'))}${measuredOn}
    order by m.at desc, m.step desc limit 1) ${direction}`;
}

const tokenOf = (offset: number): string => Buffer.from(JSON.stringify({ offset })).toString('base64');

function offsetOf(token: string): number {
  if (token === '') return 0;
  const found = /^\{"offset":(\d{1,9})\}$/.exec(Buffer.from(token, 'base64').toString('utf8'));
  if (!found) throw problem('invalid_cursor');
  return Number(found[1]);
}
