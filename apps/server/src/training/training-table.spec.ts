import { describe, expect, it } from '@jest/globals';
import type { Table } from '@crisol/plugin-api';
import { prepareTable } from './training-table.js';

const numbers = (name: string, values: number[]) => ({ name, type: 'number' as const, values: Float64Array.from(values) });

describe(prepareTable.name, () => {
  it('drops rows without a target and orders the classes', () => {
    const rows = 30;
    const table: Table = {
      rows,
      columns: [
        numbers(
          'x',
          Array.from({ length: rows }, (_, i) => i),
        ),
        {
          name: 'y',
          type: 'text',
          levels: ['b', '', 'a', 'unused'],
          codes: Int32Array.from({ length: rows }, (_, i) => (i === 3 ? 1 : i === 4 ? -1 : i % 2 === 0 ? 0 : 2)),
        },
      ],
    };
    const prepared = prepareTable(table, 'y', 'binary');
    expect(prepared.labels).toEqual(['a', 'b']);
    expect(prepared.droppedRows).toBe(2);
    expect(prepared.table.rows).toBe(28);
    expect(prepared.target.type === 'text' && [...prepared.target.codes.slice(0, 4)]).toEqual([1, 0, 1, 0]);
    expect(prepared.table.columns[0]?.type !== 'text' && [...(prepared.table.columns[0]?.values.slice(0, 4) ?? [])]).toEqual([0, 1, 2, 5]);
  });

  it('orders numeric classes as numbers and names booleans', () => {
    const values = Array.from({ length: 30 }, (_, i) => [10, 9, 2][i % 3] ?? 0);
    expect(
      prepareTable({ rows: 30, columns: [numbers('x', values), { ...numbers('y', values), type: 'integer' }] }, 'y', 'multiclass').labels,
    ).toEqual(['2', '9', '10']);
    const bits = values.map((value) => (value > 5 ? 1 : 0));
    expect(
      prepareTable({ rows: 30, columns: [numbers('x', values), { ...numbers('y', bits), type: 'boolean' }] }, 'y', 'binary').labels,
    ).toEqual(['false', 'true']);
  });

  it('says which field of the request is at fault', () => {
    const constant = Array.from({ length: 30 }, () => 1);
    const table: Table = { rows: 30, columns: [numbers('x', constant), { ...numbers('y', constant), type: 'integer' }] };
    expect(() => prepareTable(table, 'z', 'binary')).toThrow(expect.objectContaining({ pointer: '/input/target' }));
    expect(() => prepareTable(table, 'y', 'binary')).toThrow('one value only');
    expect(() =>
      prepareTable({ rows: 5, columns: [numbers('x', [1, 2, 3, 4, 5]), numbers('y', [1, 2, 3, 4, 5])] }, 'y', 'regression'),
    ).toThrow('Only 5 rows');
  });
});
