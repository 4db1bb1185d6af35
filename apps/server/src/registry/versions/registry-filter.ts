import type { FilterRules, RawClause, RawValue } from '../../experiments/search/filter-parser.js';
import { FilterError, type Comparator, type Comparison, type FilterTree } from '../../experiments/search/filter-tree.js';
import type { SqlValues } from '../../experiments/search/sql-values.js';
import { sqlArray } from '../../platform/database/statements.js';

/** An attribute that a filter or an order may name. */
export interface RegistryAttribute {
  readonly sql: string;
  readonly type: 'text' | 'integer';
  /** Whether it takes `IN`. */
  readonly listed?: boolean;
}
export interface RegistryFields {
  readonly filters: Readonly<Record<string, RegistryAttribute>>;
  readonly orders: Readonly<Record<string, string>>;
  /** How the refusal of an order begins; MLflow has a wording for each list. */
  readonly orderNoun: string;
  readonly tags: string;
}

const numeric: readonly Comparator[] = ['=', '!=', '>', '>=', '<', '<='];
const texts: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE'];
const lists: readonly Comparator[] = ['IN', 'NOT IN'];
/** The clients add this to every search of models. Here it holds for models without the tag as well. */
const promptTag = 'mlflow.prompt.is_prompt';

const setOf = (names: readonly string[]): string => `{${names.map((name) => `'${name}'`).join(', ')}}`;

/** What filters and orders over models or versions may say, refused in MLflow's words. */
export function registryRules(fields: RegistryFields): FilterRules {
  return {
    comparison: (clause) => (isTag(clause) ? tagComparison(clause) : attributeComparison(clause, fields)),
    order({ entity, key }) {
      const name = entity === null ? key : `${entity}.${key}`;
      if (Object.hasOwn(fields.orders, name)) return { entity: 'attribute', key: name };
      throw new FilterError(`Invalid ${fields.orderNoun} '${name}' specified. Valid keys are '${setOf(Object.keys(fields.orders))}'`);
    },
  };
}

function isTag({ entity }: RawClause): boolean {
  if (entity === null || entity === 'attribute') return false;
  if (entity === 'tag' || entity === 'tags') return true;
  throw new FilterError(`Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`);
}

function tagComparison({ key, comparator, value }: RawClause): Comparison {
  if (comparator === 'IS NULL' || comparator === 'IS NOT NULL') return { kind: 'comparison', entity: 'tag', key, comparator, value: null };
  const expected = `Expected a quoted string value for tag (e.g. 'my-value'). Got value ${value.text}`;
  if (value.kind === 'list') throw new FilterError(expected);
  const known = texts.find((one) => one === comparator);
  if (!known) throw new FilterError(`Invalid comparator for tag: ${comparator}`);
  if (value.kind !== 'string') throw new FilterError(expected);
  return { kind: 'comparison', entity: 'tag', key, comparator: known, value: value.value };
}

function attributeComparison({ key, comparator, value }: RawClause, fields: RegistryFields): Comparison {
  const attribute = Object.hasOwn(fields.filters, key) ? fields.filters[key] : undefined;
  if (!attribute) throw new FilterError(`Invalid attribute key '${key}' specified. Valid keys are '${setOf(Object.keys(fields.filters))}'`);
  if (attribute.type === 'integer') return integerComparison(key, comparator, value, fields);
  if (value.kind === 'list') {
    const known = lists.find((one) => one === comparator);
    if (!known) throw new FilterError(`Invalid comparator for attribute: ${comparator}`);
    if (!attribute.listed) throw new FilterError(onlyLists(fields));
    return { kind: 'comparison', entity: 'attribute', key, comparator: known, value: textsOf(value.items) };
  }
  const known = texts.find((one) => one === comparator);
  if (!known) throw new FilterError(`Invalid comparator for attribute: ${comparator}`);
  if (value.kind === 'word')
    throw new FilterError(
      `Parameter value is either not quoted or unidentified quote types used for string value ${value.text}. Use either single or double quotes.`,
    );
  if (value.kind !== 'string')
    throw new FilterError(`Expected a quoted string value or a list of quoted string values for attributes. Got value ${value.text}`);
  return { kind: 'comparison', entity: 'attribute', key, comparator: known, value: value.value };
}

function integerComparison(key: string, comparator: string, value: RawValue, fields: RegistryFields): Comparison {
  if (value.kind === 'list') throw new FilterError(onlyLists(fields));
  const known = numeric.find((one) => one === comparator);
  if (!known) throw new FilterError(`Invalid comparator for attribute ${key}: ${comparator}`);
  const text = value.kind === 'string' ? value.value : value.text;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new FilterError(`Invalid value for numeric attribute '${key}': ${value.text}`);
  return { kind: 'comparison', entity: 'attribute', key, comparator: known, value: Number(text) };
}

function onlyLists({ filters }: RegistryFields): string {
  const names = Object.keys(filters).filter((name) => filters[name]?.listed);
  return `Only [${names.map((name) => `'${name}'`).join(', ')}] attributes support comparison with a list of quoted string values.`;
}

function textsOf(items: readonly RawValue[]): string[] {
  if (items.length === 0)
    throw new FilterError('While parsing a list in the query, expected a non-empty list of string values, but got empty list');
  return items.map((item) => {
    if (item.kind === 'string') return item.value;
    throw new FilterError(
      `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: (${items.map(({ text }) => text).join(', ')})`,
    );
  });
}

/** The SQL condition of a filter that was understood. */
export function registryCondition(tree: FilterTree, fields: RegistryFields, values: SqlValues): string {
  if (tree.kind !== 'comparison') {
    if (tree.parts.length === 0) return 'true';
    return `(${tree.parts.map((part) => registryCondition(part, fields, values)).join(` ${tree.kind} `)})`;
  }
  if (tree.entity === 'tag') return tagCondition(tree, fields.tags, values);
  const attribute = fields.filters[tree.key];
  return attribute ? compare(attribute.sql, tree, values) : 'false';
}

/** A row that lacks the tag fulfils neither `=` nor `!=`. */
function tagCondition(clause: Comparison, tags: string, values: SqlValues): string {
  const { comparator, key, value } = clause;
  const has = () => `${tags} @> ${values.add(JSON.stringify({ [key]: value }))}::jsonb`;
  if (comparator === '=') return has();
  if (comparator === '!=' && key === promptTag) return `not ${has()}`;
  if (comparator === 'IS NULL') return `not jsonb_exists(${tags}, ${values.add(key)})`;
  if (comparator === 'IS NOT NULL') return `jsonb_exists(${tags}, ${values.add(key)})`;
  return compare(`(${tags} ->> ${values.add(key)})`, clause, values);
}

function compare(sql: string, { comparator, value }: Comparison, values: SqlValues): string {
  if (Array.isArray(value)) {
    const list = values.add(sqlArray(value.map(String)));
    return comparator === 'NOT IN' ? `${sql} <> all(${list}::text[])` : `${sql} = any(${list}::text[])`;
  }
  // A backslash is a character like any other in these patterns.
  if (comparator === 'LIKE' || comparator === 'ILIKE') return `${sql} ${comparator} ${values.add(String(value))} escape ''`;
  // Only comparators of the lists above ever get here, so none of them is a caller's text.
  const operator = comparator === '!=' ? '<>' : comparator;
  return typeof value === 'number' ? `${sql} ${operator} ${values.add(value)}::bigint` : `${sql} ${operator} ${values.add(String(value))}`;
}
