import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Comparator, Comparison } from './filter-tree.js';
import { runCondition } from './run-conditions.js';
import { SqlValues } from './sql-values.js';

describe(runCondition.name, () => {
  it('never puts a key or a value into the text of a statement', () => {
    const entities = fc.constantFrom('metric', 'param', 'tag', 'attribute', 'dataset');
    const comparators = fc.constantFrom<Comparator>('=', '!=', '>', 'LIKE', 'ILIKE', 'IN', 'IS NULL');
    fc.assert(
      fc.property(entities, comparators, fc.string(), fc.string(), (entity, comparator, key, value) => {
        const marked = { key: `<<${key}>>`, value: `[[${value}]]` };
        const clause: Comparison = {
          kind: 'comparison',
          entity,
          comparator,
          key: entity === 'attribute' ? 'run_name' : entity === 'dataset' ? 'name' : marked.key,
          value: entity === 'metric' ? 1 : comparator === 'IN' ? [marked.value] : marked.value,
        };
        const text = runCondition(clause, new SqlValues());
        expect(text).not.toContain('<<');
        expect(text).not.toContain('[[');
      }),
    );
  });

  it('numbers the values of a combination in the order in which they stand', () => {
    const values = new SqlValues();
    const text = runCondition(
      {
        kind: 'or',
        parts: [
          { kind: 'comparison', entity: 'param', key: 'a', comparator: '=', value: 'x' },
          { kind: 'comparison', entity: 'tag', key: 'b', comparator: 'LIKE', value: '%y' },
        ],
      },
      values,
    );
    expect(text).toBe(`(r.params @> $1::jsonb or (r.tags ->> $2) LIKE $3 escape '')`);
    expect(values.values).toEqual(['{"a":"x"}', 'b', '%y']);
  });
});
