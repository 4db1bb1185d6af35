import { FilterError, type Comparator, type Comparison, type FilterEntity, type OrderTerm } from './filter-tree.js';
import type { FilterRules, RawClause, RawValue } from './filter-parser.js';

const entities: Readonly<Record<string, FilterEntity>> = {
  metric: 'metric',
  metrics: 'metric',
  parameter: 'param',
  parameters: 'param',
  param: 'param',
  params: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
};
/** What MLflow calls them in its messages. */
const entityNames: Readonly<Record<FilterEntity, string>> = {
  metric: 'metric',
  param: 'parameter',
  tag: 'tag',
  attribute: 'attribute',
  dataset: 'dataset',
};

const numeric: readonly Comparator[] = ['=', '!=', '>', '>=', '<', '<='];
const texts: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE'];
const nullable: readonly Comparator[] = [...texts, 'IS NULL', 'IS NOT NULL'];
const listed: readonly Comparator[] = [...texts, 'IN', 'NOT IN'];

/** Other names of an attribute, and what it is called here. */
const attributes: Readonly<Record<string, string>> = {
  run_id: 'run_id',
  run_name: 'run_name',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
  status: 'status',
  user_id: 'user_id',
  artifact_uri: 'artifact_uri',
  start_time: 'start_time',
  created: 'start_time',
  Created: 'start_time',
  end_time: 'end_time',
};
const orderAttributes = ['start_time', 'run_id', 'artifact_uri', 'user_id', 'run_name', 'created', 'end_time', 'Created', 'status'];
const numericAttributes = ['start_time', 'end_time'];
const datasetKeys = ['name', 'digest', 'context'];

const set = (values: readonly string[]): string => `{${values.map((value) => `'${value}'`).join(', ')}}`;

export function entityOf(reference: { readonly entity: string | null }): FilterEntity {
  if (reference.entity === null) return 'attribute';
  const entity = Object.hasOwn(entities, reference.entity) ? entities[reference.entity] : undefined;
  if (!entity)
    throw new FilterError(
      `Invalid entity type '${reference.entity}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`,
    );
  return entity;
}

function attributeOf(key: string, valid: readonly string[]): string {
  const attribute = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
  if (attribute === undefined || !valid.includes(key))
    throw new FilterError(`Invalid attribute key '${key}' specified. Valid keys are '${set(valid)}'`);
  return attribute;
}

/** @throws FilterError in MLflow's words, when the comparator is none of these */
export function comparatorOf(comparator: string, known: readonly Comparator[]): Comparator {
  const found = known.find((one) => one === comparator);
  if (!found) throw new FilterError(`Invalid comparator '${comparator}' not one of '${set(known)}'`);
  return found;
}

/** @throws FilterError in MLflow's words, when the value is no number */
export function numberOf(value: RawValue, of: string): number {
  if (value.kind !== 'number') throw new FilterError(`Expected numeric value type for ${of}. Found ${value.text}`);
  return value.value;
}

/** @throws FilterError in MLflow's words, when the value is no quoted text */
export function textOf(value: RawValue, refusal: (text: string) => string): string {
  if (value.kind === 'string') return value.value;
  if (value.kind === 'word')
    throw new FilterError(
      `Parameter value is either not quoted or unidentified quote types used for string value ${value.text}. Use either single or double quotes.`,
    );
  throw new FilterError(refusal(value.text));
}

/** @throws FilterError in MLflow's words, when the value is no list of quoted texts */
export function textsOf(value: RawValue): readonly string[] {
  if (value.kind !== 'list') throw new FilterError(`Invalid clause(s) in filter string: '${value.text}'`);
  if (value.items.length === 0)
    throw new FilterError('While parsing a list in the query, expected a non-empty list of string values, but got empty list');
  return value.items.map((item) => {
    if (item.kind !== 'string')
      throw new FilterError(
        `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${value.text}`,
      );
    return item.value;
  });
}

/** What a search of runs takes. */
export const runFilterRules: FilterRules = {
  extremes: true,
  comparison(clause: RawClause): Comparison {
    const entity = entityOf(clause);
    const { key, value } = clause;
    const compared = (comparator: Comparator, of: Comparison['value']): Comparison => ({
      kind: 'comparison',
      entity,
      key,
      comparator,
      value: of,
    });
    if (value.kind === 'none') {
      if (entity !== 'param' && entity !== 'tag')
        throw new FilterError(`IS NULL / IS NOT NULL is only supported for tags and params, not for '${entityNames[entity]}' '${key}'`);
      return compared(comparatorOf(clause.comparator, nullable), null);
    }
    if (entity === 'metric') {
      const number = numberOf(value, 'metric');
      return compared(comparatorOf(clause.comparator, numeric), number);
    }
    if (entity === 'param' || entity === 'tag') {
      const text = textOf(value, (got) => `Expected a quoted string value for ${entityNames[entity]} (e.g. 'my-value'). Got value ${got}`);
      return compared(comparatorOf(clause.comparator, nullable), text);
    }
    if (entity === 'dataset') {
      if (!datasetKeys.includes(key)) throw new FilterError(`Invalid dataset key '${key}' specified. Valid keys are '${set(datasetKeys)}'`);
      if (value.kind === 'list') return compared(comparatorOf(clause.comparator, listed), textsOf(value));
      return compared(
        comparatorOf(clause.comparator, listed),
        textOf(value, (got) => `Expected a quoted string value for dataset attributes. Got value ${got}`),
      );
    }
    const attribute = attributeOf(key, Object.keys(attributes));
    const named = (comparator: Comparator, of: Comparison['value']): Comparison => ({ ...compared(comparator, of), key: attribute });
    if (numericAttributes.includes(attribute)) {
      const number = numberOf(value, `numeric attribute: ${key}`);
      return named(comparatorOf(clause.comparator, numeric), number);
    }
    if (value.kind === 'list') {
      if (attribute !== 'run_id')
        throw new FilterError(`Only ['run_id'] attributes support comparison with a list of quoted string values.`);
      const comparator = comparatorOf(clause.comparator, ['IN', 'NOT IN']);
      return named(comparator, textsOf(value));
    }
    const text = textOf(value, (got) => `Expected a quoted string value for attributes. Got value ${got}`);
    const comparator = comparatorOf(clause.comparator, listed);
    if (comparator === 'IN' || comparator === 'NOT IN')
      throw new FilterError(`Invalid clause(s) in filter string: '${key}', '${comparator}', '${value.text}'`);
    return named(comparator, text);
  },
  order(reference): Pick<OrderTerm, 'entity' | 'key'> {
    const entity = entityOf(reference);
    if (entity === 'dataset') throw new FilterError(`Invalid identifier type 'dataset'`);
    return { entity, key: entity === 'attribute' ? attributeOf(reference.key, orderAttributes) : reference.key };
  },
};
