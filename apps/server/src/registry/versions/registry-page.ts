import { FilterError } from '../../experiments/search/filter-tree.js';
import { parseFilter, parseOrders } from '../../experiments/search/filter-parser.js';
import { SqlValues } from '../../experiments/search/sql-values.js';
import { registryCondition, registryRules, type RegistryFields } from './registry-filter.js';

export interface RegistrySearch {
  readonly filter: string;
  readonly order: readonly string[];
  readonly limit: number;
  readonly pageToken: string;
}

/** A search as SQL: condition, order, and which rows of it. One row more than the page tells whether another page follows. */
export function searchSql(search: RegistrySearch, fields: RegistryFields, ties: readonly string[]) {
  const values = new SqlValues();
  const rules = registryRules(fields);
  const condition = registryCondition(parseFilter(search.filter, rules), fields, values);
  const terms = parseOrders(search.order, rules);
  if (new Set(terms.map(({ key }) => key)).size !== terms.length)
    throw new FilterError(`\`order_by\` contains duplicate fields: [${search.order.map((text) => `'${text}'`).join(', ')}]`);
  const order = [...terms.map(({ key, descending }) => `${fields.orders[key] ?? 'null'} ${descending ? 'desc' : 'asc'}`), ...ties];
  const offset = offsetOf(search.pageToken);
  return { condition, tail: `order by ${order.join(', ')} limit ${search.limit + 1} offset ${offset}`, offset, values };
}

export function nextToken(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64');
}

function offsetOf(token: string): number {
  if (token === '') return 0;
  const found = /^\{"offset": ?(\d{1,9})\}$/.exec(Buffer.from(token, 'base64').toString('utf8'));
  if (!found) throw new FilterError('Invalid page token, could not base64-decode');
  return Number(found[1]);
}
