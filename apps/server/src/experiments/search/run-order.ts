import type { SqlValue } from '../../platform/database/statements.js';
import type { OrderTerm } from './filter-tree.js';
import { attributeSql } from './run-conditions.js';
import type { SqlValues } from './sql-values.js';

/** One column of an order. */
export interface OrderColumn {
  /** Over the values `v0`, `v1` … and `start_time` and `id` of a row. */
  readonly sql: string;
  readonly type: 'float8' | 'bigint' | 'text' | 'int';
  readonly descending: boolean;
}

/** The value of a term, over `run r` and `experiment e`. */
export function orderValue(term: OrderTerm, values: SqlValues): string {
  switch (term.entity) {
    case 'metric':
      return `(select s.${term.of} from metric_series s where s.run_num = r.num and s.name = ${values.add(term.key)})`;
    case 'param':
      return `(r.params ->> ${values.add(term.key)}) collate "C"`;
    case 'tag':
      return `(r.tags ->> ${values.add(term.key)}) collate "C"`;
    default:
      return isNumeric(term) ? (attributeSql[term.key] ?? 'null') : `(${attributeSql[term.key] ?? 'null'}) collate "C"`;
  }
}

const isNumeric = (term: OrderTerm): boolean => term.key === 'start_time' || term.key === 'end_time';

/**
 * The columns by which runs are ordered: what has no value comes last in both directions, NaN before it; ties go by start
 * time, the newest first, and id.
 */
export function orderColumns(terms: readonly OrderTerm[]): OrderColumn[] {
  const columns = terms.flatMap((term, index): OrderColumn[] => {
    const value = `v${index}`;
    const { descending } = term;
    if (term.entity === 'metric')
      return [
        { sql: `case when ${value} is null then 2 when ${value} = 'NaN' then 1 else 0 end`, type: 'int', descending: false },
        { sql: `nullif(${value}, 'NaN')`, type: 'float8', descending },
      ];
    const type = term.entity === 'attribute' && isNumeric(term) ? 'bigint' : 'text';
    return [
      { sql: `case when ${value} is null then 1 else 0 end`, type: 'int', descending: false },
      { sql: value, type, descending },
    ];
  });
  return [...columns, { sql: 'start_time', type: 'bigint', descending: true }, { sql: 'id', type: 'text', descending: false }];
}

export const orderBySql = (columns: readonly OrderColumn[], from = 0): string =>
  columns
    .slice(from)
    .map((column, index) => `o${index + from} ${column.descending ? 'desc' : 'asc'} nulls last`)
    .join(', ');

/** Holds for rows that stand behind another one in the order; a null stands last in either direction. */
export function beyondSql(columns: readonly OrderColumn[], after: readonly SqlValue[], values: SqlValues): string {
  const alternatives: string[] = [];
  const same: string[] = [];
  for (const [index, column] of columns.entries()) {
    const value = after[index] ?? null;
    const name = `o${index}`;
    if (value === null) {
      same.push(`${name} is null`);
      continue;
    }
    const place = `${values.add(value)}::${column.type}`;
    alternatives.push(`(${[...same, `(${name} ${column.descending ? '<' : '>'} ${place} or ${name} is null)`].join(' and ')})`);
    same.push(`${name} = ${place}`);
  }
  return `(${alternatives.join(' or ')})`;
}
