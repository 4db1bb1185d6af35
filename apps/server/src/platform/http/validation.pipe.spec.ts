import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { toIssues } from './validation.pipe.js';

const issuesOf = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues.flatMap(toIssues);

describe(toIssues.name, () => {
  it('says of a plain union what it takes', () => {
    const schema = z.object({ rows: z.array(z.record(z.string(), z.union([z.string().max(3), z.number()]))) });
    expect(issuesOf(schema, { rows: [{ 'a/b': null }] })).toEqual([
      { pointer: '/rows/0/a~1b', code: 'invalid_union', message: 'Invalid input: expected string or number' },
    ]);
  });

  it('leaves unions of more than types as they are', () => {
    const schema = z.union([z.object({ a: z.string() }), z.literal('all')]);
    expect(issuesOf(schema, 'x')).toEqual([{ pointer: '', code: 'invalid_union', message: 'Invalid input' }]);
  });

  it('points at each unknown field, and tells those of the server from others', () => {
    expect(issuesOf(z.strictObject({}), { state: 1, colour: 2 })?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/state', 'read_only_field'],
      ['/colour', 'unknown_field'],
    ]);
  });
});
