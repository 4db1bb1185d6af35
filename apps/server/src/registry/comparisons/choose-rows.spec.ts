import { describe, expect, it } from '@jest/globals';
import type { Table } from '@crisol/plugin-api';
import { testRowsOf } from '../../training/test-rows.js';
import { UnusableTable } from '../../training/training-table.js';
import { chooseRows, type ChoosingCandidate } from './choose-rows.js';

const tools = { testRowsOf, isUnusable: (error: unknown) => error instanceof UnusableTable };
const set = { id: 'dsv_1', dataset: 'churn', version: 1 };
const rows = 200;
const whole: Table = {
  rows,
  columns: [
    {
      name: 'y',
      type: 'number',
      values: Float64Array.from({ length: rows }, (_, row) => (row % 10 === 0 ? Number.NaN : row % 3 === 0 ? 1 : 0)),
    },
  ],
};
const task = { task: 'binary' as const, target: 'y' };
const holdout = (seed: number, testShare = 0.25) => ({ kind: 'holdout' as const, testShare, seed });
const trained = (
  label: string,
  split: NonNullable<ChoosingCandidate['training']>['split'],
  data = 'dsv_1',
  test: number | null = null,
): ChoosingCandidate => ({
  label,
  training: {
    data: { dataset: 'churn', version: data === 'dsv_1' ? 1 : 2, id: data },
    split,
    rows: test === null ? null : { train: 1, test },
    folds: [],
  },
});
const choose = (candidates: ChoosingCandidate[], most = 1_000) => chooseRows(set, whole, task, candidates, most, tools);

describe(chooseRows.name, () => {
  it('takes the rows that every training kept out', () => {
    const own = testRowsOf(whole, { ...task, split: holdout(1) }).rows;
    const other = testRowsOf(whole, { ...task, split: holdout(2, 0.5) }).rows;
    const both = choose([trained('A', holdout(1)), trained('B', holdout(2, 0.5))]);
    expect([...both.rows]).toEqual([...own].filter((row) => other.includes(row)));
    expect(both.note).toContain(`Only rows that were kept out of training: ${both.rows.length} of 200.`);
    expect(both.leaked.size).toBe(0);
    expect([...choose([trained('A', holdout(1)), trained('B', holdout(1))]).rows]).toEqual([...own]);
  });

  it('falls back to those of the first where hardly any is new to all, and says who has seen them', () => {
    const found = choose([trained('A', holdout(1, 0.1)), trained('B', holdout(9, 0.1))]);
    expect([...found.rows]).toEqual([...testRowsOf(whole, { ...task, split: holdout(1, 0.1) }).rows]);
    expect([...found.leaked]).toEqual([1]);
    expect(found.note).toContain('B was trained with another split and has learnt from some of these rows.');
  });

  it('says so when a candidate has learnt from the rows, or may have', () => {
    const folds = choose([trained('A', { kind: 'kfold', folds: 5, seed: 1 })]);
    expect([folds.rows.length, [...folds.leaked]]).toEqual([180, [0]]);
    expect(folds.note).toContain('A was fitted on all of these rows after its folds');
    expect(choose([trained('A', null)]).note).toContain('which rows it kept out is not known');
    expect(choose([trained('A', holdout(1), 'dsv_0')]).note).toContain('version 2 of the same data set');
    expect(choose([{ label: 'A', training: null }]).note).toContain('What A has learnt from is not known.');
    // A count that differs from the training's own means that these are not the rows.
    expect([...choose([trained('A', holdout(1), 'dsv_1', 7)]).leaked]).toEqual([0]);
  });

  it('leaves rows without a truth out, and draws the same ones of too many', () => {
    const some = choose([{ label: 'A', training: null }], 50);
    expect(some.rows).toHaveLength(50);
    expect(some.note).toContain('20 rows without a y are left out.');
    expect(some.note).toContain('50 of 180 rows, drawn at random');
    expect([...some.rows].every((row, i, all) => row % 10 !== 0 && row > (all[i - 1] ?? -1))).toBe(true);
    expect(choose([{ label: 'A', training: null }], 50)).toEqual(some);
  });
});
