import { comparatorOf, comparators, numberOf, setOf, textOf, textsOf } from './clause-values.js';
import type { FilterRules, RawClause } from './filter-parser.js';
import { FilterError, type Comparator, type Comparison, type FilterEntity, type OrderTerm } from './filter-tree.js';

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
    throw new FilterError(`Invalid attribute key '${key}' specified. Valid keys are '${setOf(valid)}'`);
  return attribute;
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
      return compared(comparatorOf(clause.comparator, comparators.nullable), null);
    }
    if (entity === 'metric') {
      const number = numberOf(value, 'metric');
      return compared(comparatorOf(clause.comparator, comparators.numeric), number);
    }
    if (entity === 'param' || entity === 'tag') {
      const text = textOf(value, (got) => `Expected a quoted string value for ${entityNames[entity]} (e.g. 'my-value'). Got value ${got}`);
      return compared(comparatorOf(clause.comparator, comparators.nullable), text);
    }
    if (entity === 'dataset') {
      if (!datasetKeys.includes(key))
        throw new FilterError(`Invalid dataset key '${key}' specified. Valid keys are '${setOf(datasetKeys)}'`);
      if (value.kind === 'list') return compared(comparatorOf(clause.comparator, comparators.listed), textsOf(value));
      return compared(
        comparatorOf(clause.comparator, comparators.listed),
        textOf(value, (got) => `Expected a quoted string value for dataset attributes. Got value ${got}`),
      );
    }
    const attribute = attributeOf(key, Object.keys(attributes));
    const named = (comparator: Comparator, of: Comparison['value']): Comparison => ({ ...compared(comparator, of), key: attribute });
    if (numericAttributes.includes(attribute)) {
      const number = numberOf(value, `numeric attribute: ${key}`);
      return named(comparatorOf(clause.comparator, comparators.numeric), number);
    }
    if (value.kind === 'list') {
      if (attribute !== 'run_id')
        throw new FilterError(`Only ['run_id'] attributes support comparison with a list of quoted string values.`);
      const comparator = comparatorOf(clause.comparator, ['IN', 'NOT IN']);
      return named(comparator, textsOf(value));
    }
    const text = textOf(value, (got) => `Expected a quoted string value for attributes. Got value ${got}`);
    const comparator = comparatorOf(clause.comparator, comparators.listed);
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
