import { describe, expect, it } from '@jest/globals';
import { FilterError } from '../../experiments/search/filter-tree.js';
import type { RegistryFields } from './registry-filter.js';
import { nextToken, searchSql } from './registry-page.js';

const fields: RegistryFields = {
  filters: { name: { sql: 'm.name', type: 'text', listed: true }, version_number: { sql: 'v.number', type: 'integer' } },
  orders: { name: 'm.name', version_number: 'v.number' },
  orderNoun: 'attribute key',
  tags: 'v.tags',
};
const sqlOf = (filter: string, order: readonly string[] = [], pageToken = '') =>
  searchSql({ filter, order, limit: 10, pageToken }, fields, ['m.name asc']);

describe(searchSql.name, () => {
  it('puts values beside the statement, whatever they say', () => {
    const { condition, values } = sqlOf(`name = 'x''; drop table model --' AND version_number >= 2`);
    expect(condition).toBe('(m.name = $1 and v.number >= $2::bigint)');
    expect(values.values).toEqual([`x'; drop table model --`, 2]);
  });

  it('joins by OR within parentheses', () => {
    expect(sqlOf(`(name = 'a' OR name LIKE 'b%') AND version_number = '1'`).condition).toBe(
      `((m.name = $1 or m.name LIKE $2 escape '') and v.number = $3::bigint)`,
    );
  });

  it('leaves rows without the tag out, except of the one that clients always ask for', () => {
    expect(sqlOf(`tags.q != 'x'`).condition).toBe('(v.tags ->> $1) <> $2');
    expect(sqlOf("tag.`mlflow.prompt.is_prompt` != 'true'").condition).toBe('not v.tags @> $1::jsonb');
  });

  it('orders, breaks ties, and goes on where the page before ended', () => {
    expect(sqlOf('', ['version_number DESC'], nextToken(20)).tail).toBe('order by v.number desc, m.name asc limit 11 offset 20');
  });

  it.each([
    [`foo = 'a'`, "Invalid attribute key 'foo' specified"],
    [`name > 'a'`, 'Invalid comparator for attribute: >'],
    ['name = 3', 'Expected a quoted string value'],
    [`metrics.a > 1`, "Invalid entity type 'metrics'"],
    [`tags.a > 'x'`, 'Invalid comparator for tag: >'],
    [`version_number = 'x'`, "Invalid value for numeric attribute 'version_number'"],
    [`version_number IN ('1')`, "Only ['name'] attributes support comparison with a list"],
    ['name IN ()', 'expected a non-empty list'],
  ])('refuses %s in the words of the protocol', (filter, message) => {
    expect(() => sqlOf(filter)).toThrow(FilterError);
    expect(() => sqlOf(filter)).toThrow(message);
  });

  it('refuses an order that is not there or comes twice, and a token of nobody', () => {
    expect(() => sqlOf('', ['nope'])).toThrow("Invalid attribute key 'nope' specified");
    expect(() => sqlOf('', ['name', 'name DESC'])).toThrow('duplicate fields');
    expect(() => sqlOf('', [], 'zzz')).toThrow('Invalid page token');
  });
});
