import { describe, expect, it } from '@jest/globals';
import { readCsvRows, readJsonRows } from './read-rows.js';

const columns = [
  { name: 'a', type: 'number' as const, nullable: true },
  { name: 'b', type: 'text' as const, nullable: true },
  { name: 'c', type: 'boolean' as const, nullable: true },
];
const rows = [
  { a: 1, b: 'x', c: true },
  { a: null, b: 'y', c: false },
];
const json = (body: unknown) => readJsonRows(JSON.stringify(body), columns);

describe(readJsonRows.name, () => {
  it.each([
    [
      'dataframe_split',
      {
        dataframe_split: {
          columns: ['a', 'b', 'c'],
          index: [7, 9],
          data: [
            [1, 'x', true],
            [null, 'y', false],
          ],
        },
      },
    ],
    ['dataframe_records', { dataframe_records: rows }],
    ['instances with names', { instances: rows }],
    [
      'instances by place',
      {
        instances: [
          [1, 'x', true],
          [null, 'y', false],
        ],
      },
    ],
    ['inputs by column', { inputs: { a: [1, null], b: ['x', 'y'], c: [true, false] } }],
    ['inputs of one column in lists of one', { inputs: { a: [[1], [null]], b: ['x', 'y'], c: [true, false] } }],
    [
      'inputs by place',
      {
        inputs: [
          [1, 'x', true],
          [null, 'y', false],
        ],
      },
    ],
  ])('reads %s', (_name, body) => {
    expect(json(body)).toEqual(rows);
  });

  it('takes a bare NaN as a missing value', () => {
    expect(readJsonRows('{"instances": [[NaN, "y", false]]}', columns)).toEqual([rows[1]]);
  });

  it.each([
    ['no known shape', { data: [] }, 'exactly one of'],
    ['two shapes', { instances: [[1, 'x', true]], inputs: { a: [1] } }, 'instances and inputs'],
    ['a list', [[1]], 'JSON object'],
    ['chat messages', { messages: [] }, 'language models'],
    ['a signature name', { signature_name: 's', instances: [[1]] }, 'signature_name'],
    ['columns of unequal length', { inputs: { a: [1, 2], b: ['x'] } }, 'inputs.b has 1 values'],
    ['a row that is too short', { dataframe_split: { columns: ['a', 'b'], data: [[1]] } }, '1 values, but there are 2'],
    ['an object in a cell', { dataframe_records: [{ a: { deep: 1 } }] }, 'dataframe_records[0].a'],
    ['no rows', { instances: [] }, 'no rows'],
  ])('refuses %s', (_name, body, message) => {
    expect(() => json(body)).toThrow(message);
  });
});

describe(readCsvRows.name, () => {
  it('gives each value the type of its column', () => {
    expect(readCsvRows('b,a,c\n"x",1,true\ny,,False\n', columns)).toEqual([
      { b: 'x', a: 1, c: true },
      { b: 'y', a: null, c: false },
    ]);
  });

  it('leaves what is no number to the check of the column', () => {
    expect(readCsvRows('a\nmany\n', columns)).toEqual([{ a: 'many' }]);
  });

  it('refuses ragged lines with the line', () => {
    expect(() => readCsvRows('a,b\n1\n', columns)).toThrow(/line 2/);
  });
});
