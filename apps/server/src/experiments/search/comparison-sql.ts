import { sqlArray } from '../../platform/database/statements.js';
import type { Comparator, Comparison } from './filter-tree.js';
import type { SqlValues } from './sql-values.js';

/** A condition on one key of a JSON object of texts. What lacks the key fulfils neither `=` nor `!=`. */
export function keyedSql(column: string, clause: Comparison, values: SqlValues): string {
  // This form is what the index over all keys and values answers.
  if (clause.comparator === '=') return `${column} @> ${values.add(JSON.stringify({ [clause.key]: clause.value }))}::jsonb`;
  if (clause.comparator === 'IS NULL') return `not jsonb_exists(${column}, ${values.add(clause.key)})`;
  if (clause.comparator === 'IS NOT NULL') return `jsonb_exists(${column}, ${values.add(clause.key)})`;
  return comparisonSql(`(${column} ->> ${values.add(clause.key)})`, clause.comparator, clause.value, values);
}

/** A condition on a value; what was compared with comes in as a value of the statement, never as its text. */
export function comparisonSql(sql: string, comparator: Comparator, value: Comparison['value'], values: SqlValues): string {
  if (Array.isArray(value)) {
    const list = values.add(sqlArray(value.map(String)));
    return comparator === 'NOT IN' ? `${sql} <> all(${list}::text[])` : `${sql} = any(${list}::text[])`;
  }
  // A backslash is a character like any other in these patterns.
  if (comparator === 'LIKE' || comparator === 'ILIKE') return `${sql} ${comparator} ${values.add(String(value))} escape ''`;
  if (typeof value === 'number') return `${sql} ${plainComparator(comparator)} ${values.add(value)}::float8`;
  return `${sql} ${plainComparator(comparator)} ${values.add(String(value))}`;
}

/** Only these ever reach SQL as they are. */
export function plainComparator(comparator: Comparator): string {
  switch (comparator) {
    case '=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return comparator;
    default:
      return '<>';
  }
}
