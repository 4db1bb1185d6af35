import type { Column, ColumnProfile, DatasetProfile } from '@crisol/contracts';
import { describe, expect, it } from 'vitest';
import { inputWarning, likelyTask, suggestedInputs } from './training-plan';

const column = (name: string, type: Column['type']): Column => ({ name, type, databaseType: 'X', nullable: false });
const profile = (name: string, type: Column['type'], distinct: number, nulls = 0): ColumnProfile => ({
  name,
  type,
  count: 100,
  nulls,
  nans: 0,
  distinct,
  distinctExact: true,
  min: null,
  max: null,
  mean: null,
  std: null,
  quantiles: null,
  histogram: [],
  topValues: [],
  meanLength: null,
});

describe('training plan', () => {
  it('takes a text with two values as two classes and one with three as several', () => {
    expect(likelyTask(column('sex', 'text'), profile('sex', 'text', 2))).toBe('binary');
    expect(likelyTask(column('species', 'text'), profile('species', 'text', 3))).toBe('multiclass');
  });
  it('takes a fractional number as regression and a flag of 0 and 1 as two classes', () => {
    expect(likelyTask(column('price', 'number'), profile('price', 'number', 90))).toBe('regression');
    expect(likelyTask(column('churned', 'integer'), profile('churned', 'integer', 2))).toBe('binary');
  });
  it('warns of keys, constants and columns that are mostly missing', () => {
    expect(inputWarning(profile('id', 'text', 100), 100)).toBe('keyLike');
    expect(inputWarning(profile('country', 'text', 1), 100)).toBe('constant');
    expect(inputWarning(profile('fax', 'text', 3, 97), 100)).toBe('mostlyMissing');
    expect(inputWarning(profile('weight', 'number', 100), 100)).toBe(null);
  });
  it('suggests every usable column but the target, keys and constants', () => {
    const columns = [column('id', 'integer'), column('weight', 'number'), column('species', 'text'), column('blob', 'other')];
    const table: DatasetProfile = {
      rows: 100,
      columns: [profile('id', 'integer', 100), profile('weight', 'number', 80), profile('species', 'text', 3)],
      duplicateRows: 0,
      exact: true,
      sampledRows: null,
    };
    expect(suggestedInputs(columns, 'species', table)).toEqual(['weight']);
  });
});
