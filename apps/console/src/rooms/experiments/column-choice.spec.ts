import { describe, expect, it } from 'vitest';
import { defaultColumns, moved, readColumns, withAggregate, withColumn, withPin, writeColumns } from './column-choice';

const choice = { fields: ['attributes.name', 'metrics.a', 'params.b'], pinned: ['attributes.name'], widths: { 'metrics.a': 140 } };

describe('the choice of columns', () => {
  it('survives the address with names of any kind', () => {
    const odd = {
      fields: ['attributes.name', 'params.a,b:c*d%', 'min(metrics.valid/f1)'],
      pinned: ['params.a,b:c*d%'],
      widths: { 'min(metrics.valid/f1)': 99 },
    };
    expect(readColumns(writeColumns(odd))).toEqual(odd);
  });
  it('always has the name of the run, and nothing that is no column', () => {
    expect(readColumns('nonsense,metrics.a')?.fields).toEqual(['attributes.name', 'metrics.a']);
    expect(readColumns('nonsense')).toBeNull();
  });
  it('adds, removes, pins and moves', () => {
    expect(withColumn(choice, 'tags.t', true).fields.at(-1)).toBe('tags.t');
    expect(withColumn(choice, 'attributes.name', false)).toMatchObject({ fields: ['metrics.a', 'params.b'], pinned: [] });
    expect(withPin(choice, 'params.b', true).pinned).toEqual(['attributes.name', 'params.b']);
    expect(moved(choice, 'params.b', 'metrics.a').fields).toEqual(['attributes.name', 'params.b', 'metrics.a']);
  });
  it('swaps the aggregate of a metric in its place, with its width', () => {
    expect(withAggregate(choice, 'metrics.a', 'max')).toEqual({
      fields: ['attributes.name', 'max(metrics.a)', 'params.b'],
      pinned: ['attributes.name'],
      widths: { 'max(metrics.a)': 140 },
    });
  });
  it('starts with metrics that most runs have and parameters that vary', () => {
    const fields = defaultColumns({
      runs: 9,
      metrics: [
        { name: 'rare', runs: 1, min: 0, max: 1 },
        { name: 'auc', runs: 9, min: 0, max: 1 },
      ],
      params: [
        { name: 'same', runs: 9, numeric: false, distinct: 1, values: ['x'] },
        { name: 'depth', runs: 9, numeric: true, distinct: 3, values: ['1', '2', '3'] },
      ],
      tags: [],
      datasets: [],
      truncated: false,
    }).fields;
    expect(fields.indexOf('metrics.auc')).toBeLessThan(fields.indexOf('metrics.rare'));
    expect(fields).toContain('params.depth');
    expect(fields).not.toContain('params.same');
  });
});
