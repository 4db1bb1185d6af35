import { describe, expect, it } from '@jest/globals';
import type { Table } from '@crisol/plugin-api';
import { holdoutOf } from './split-rows.js';
import { testRowsOf } from './test-rows.js';
import { prepareTable } from './training-table.js';

const split = { kind: 'holdout' as const, testShare: 0.25, seed: 7 };
const rows = 80;
const x = Float64Array.from({ length: rows }, (_, i) => i);
const whole: Table = {
  rows,
  columns: [
    { name: 'x', type: 'number', values: x },
    {
      name: 'y',
      type: 'text',
      levels: ['b', 'a'],
      codes: Int32Array.from({ length: rows }, (_, i) => (i % 9 === 0 ? -1 : i % 3 === 0 ? 0 : 1)),
    },
  ],
};

describe(testRowsOf.name, () => {
  it('finds the rows that the training kept out, by their numbers in the file', () => {
    const data = prepareTable(whole, 'y', 'binary');
    const kept = data.table.columns[0];
    const expected = [...holdoutOf(data, split).test].map((row) => (kept?.type === 'number' ? kept.values[row] : undefined));
    const found = testRowsOf(whole, { target: 'y', task: 'binary', split });
    expect([...found.rows]).toEqual(expected);
    expect(found.labels).toEqual(['a', 'b']);
    expect(found.target.type === 'text' && [...found.target.codes]).toEqual([...found.rows].map((row) => (row % 3 === 0 ? 1 : 0)));
    expect([...found.rows].some((row) => row % 9 === 0)).toBe(false);
  });

  it('needs no other column than the target', () => {
    const only = { rows, columns: whole.columns.filter(({ name }) => name === 'y') };
    expect(testRowsOf(only, { target: 'y', task: 'binary', split })).toEqual(testRowsOf(whole, { target: 'y', task: 'binary', split }));
    expect(() => testRowsOf(only, { target: 'z', task: 'binary', split })).toThrow('There is no column z');
  });
});
