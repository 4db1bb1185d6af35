import type { Lifecycle } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Database } from '../../platform/database/database.js';
import { installationKey, readSignedCursor, signCursor } from '../../platform/database/signed-cursor.js';
import { Statements, type SqlValue } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { ExperimentEntity, type ExperimentRow } from '../experiment.entity.js';
import { comparisonSql, keyedSql } from './comparison-sql.js';
import { parseFilter, parseOrders, type FilterRules, type RawClause } from './filter-parser.js';
import { FilterError, type Comparison, type FilterTree } from './filter-tree.js';
import { beyondSql, orderBySql, type OrderColumn } from './run-order.js';
import { comparators, comparatorOf, numberOf, setOf, textOf, textsOf } from './clause-values.js';
import { SqlValues } from './sql-values.js';

const attributes = ['name', 'creation_time', 'last_update_time', 'experiment_id'];
const numericAttributes = ['creation_time', 'last_update_time'];

function attributeOf(entity: string | null, key: string): string {
  if (entity !== null && entity !== 'attribute')
    throw new FilterError(`Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`);
  if (!attributes.includes(key)) throw new FilterError(`Invalid attribute key '${key}' specified. Valid keys are '${setOf(attributes)}'`);
  return key;
}

/** What a search of experiments takes. */
export const experimentFilterRules: FilterRules = {
  comparison(clause: RawClause): Comparison {
    const { value } = clause;
    if (clause.entity === 'tag' || clause.entity === 'tags') {
      const made = { kind: 'comparison', entity: 'tag', key: clause.key } as const;
      if (value.kind === 'none') return { ...made, comparator: comparatorOf(clause.comparator, comparators.nullable), value: null };
      const text = textOf(value, (got) => `Expected a quoted string value for tag (e.g. 'my-value'). Got value ${got}`);
      return { ...made, comparator: comparatorOf(clause.comparator, comparators.nullable), value: text };
    }
    const key = attributeOf(clause.entity, clause.key);
    const made = { kind: 'comparison', entity: 'attribute', key } as const;
    if (value.kind === 'none')
      throw new FilterError(`IS NULL / IS NOT NULL is only supported for tags and params, not for 'attribute' '${key}'`);
    if (numericAttributes.includes(key)) {
      const number = numberOf(value, `numeric attribute: ${key}`);
      return { ...made, comparator: comparatorOf(clause.comparator, comparators.numeric), value: number };
    }
    if (value.kind === 'list') {
      if (key !== 'experiment_id')
        throw new FilterError(`Only ['experiment_id'] attributes support comparison with a list of quoted string values.`);
      return { ...made, comparator: comparatorOf(clause.comparator, ['IN', 'NOT IN']), value: textsOf(value) };
    }
    const text = textOf(value, (got) => `Expected a quoted string value for attributes. Got value ${got}`);
    return { ...made, comparator: comparatorOf(clause.comparator, comparators.texts), value: text };
  },
  order(reference) {
    if (reference.entity === 'tag' || reference.entity === 'tags') throw new FilterError('Invalid order_by entity: tag');
    return { entity: 'attribute', key: attributeOf(reference.entity, reference.key) };
  },
};

const attributeSql: Readonly<Record<string, string>> = {
  name: 'e.name collate "C"',
  creation_time: 'floor(extract(epoch from e.created_at) * 1000)::bigint',
  last_update_time: 'floor(extract(epoch from e.updated_at) * 1000)::bigint',
  experiment_id: 'e.number',
};

function condition(tree: FilterTree, values: SqlValues): string {
  if (tree.kind !== 'comparison')
    return tree.parts.length === 0 ? 'true' : `(${tree.parts.map((part) => condition(part, values)).join(` ${tree.kind} `)})`;
  if (tree.entity === 'tag') return keyedSql('e.tags', tree, values);
  const sql = tree.key === 'experiment_id' ? 'e.number::text' : (attributeSql[tree.key] ?? 'null');
  return comparisonSql(sql, tree.comparator, tree.value, values);
}

export interface ExperimentQuery {
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly lifecycle: Lifecycle | 'all';
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Finds experiments by their names, times and tags. */
@Injectable()
export class ExperimentSearch {
  constructor(
    private readonly database: Database,
    private readonly statements: Statements,
  ) {}

  /**
   * A page, by key, so that it stays right while experiments come.
   * @throws FilterError, and `invalid_cursor`
   */
  async page(query: ExperimentQuery): Promise<{ rows: ExperimentRow[]; next: string | null }> {
    const tree = parseFilter(query.filter, experimentFilterRules);
    const terms = parseOrders(query.orderBy, experimentFilterRules);
    const wanted = terms.length > 0 ? terms : [{ key: 'creation_time', descending: true }];
    const columns: OrderColumn[] = wanted.map((term) => ({
      sql: attributeSql[term.key] ?? 'e.number',
      type: term.key === 'name' ? 'text' : 'bigint',
      descending: term.descending,
    }));
    columns.push({ sql: 'e.number', type: 'bigint', descending: terms.length === 0 });
    const order = createHash('sha256').update(JSON.stringify(wanted)).digest('base64url').slice(0, 12);
    const key = await this.database.read((em) => installationKey(em));
    const values = new SqlValues();
    const where = [condition(tree, values)];
    if (query.lifecycle !== 'all') where.push(`e.lifecycle = ${values.add(query.lifecycle)}`);
    const after = query.cursor === undefined ? '' : `where ${beyondSql(columns, readPlace(query.cursor, order, key), values)}`;
    const found = await this.statements.run<Record<string, SqlValue>>(
      {
        text: `select * from (select e.id, ${columns.map(({ sql }, index) => `${sql} as o${index}`).join(', ')} from experiment e where ${where.join(' and ')}) as placed
          ${after} order by ${orderBySql(columns)} limit ${values.add(query.limit + 1)}::bigint`,
      },
      values.values,
    );
    const shown = found.slice(0, query.limit);
    const last = shown.at(-1);
    const next = found.length > query.limit && last ? signCursor([order, ...columns.map((_, index) => last[`o${index}`])], key) : null;
    const ids = shown.map((row) => String(row['id']));
    const rows = await this.database.read((em) => em.find(ExperimentEntity, { id: { $in: ids } }));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return { rows: ids.flatMap((id) => byId.get(id) ?? []), next };
  }
}

function readPlace(cursor: string, order: string, key: Buffer): SqlValue[] {
  const content = readSignedCursor(cursor, key);
  if (!Array.isArray(content) || content[0] !== order)
    throw problem('invalid_cursor', { detail: 'Take the cursor from the page before, with the same order.' });
  return content.slice(1).map((value: unknown) => (typeof value === 'number' || value === null ? value : String(value)));
}
