import { describe, expect, it } from 'vitest';
import { csvOf, differing, groupsOf, itemsOf, RunTable, spreadOf } from './run-columns';

const table = new RunTable(
  ['a', 'b', 'c', 'd'],
  {
    'attributes.name': ['run a', '=cmd()', 'run, "c"', null],
    'metrics.auc': [0.7, 'NaN', 0.9, null],
    'params.depth': ['10', '2', '2', null],
    'params.loss': ['log', 'log', 'log', 'log'],
    'params.kind': ['dart', 'gbdt', 'gbdt', 'x2'],
  },
  4,
);
const all = [0, 1, 2, 3];

describe(RunTable, () => {
  it('orders parameters that are numbers as numbers', () => {
    expect(table.sorted(all, 'params.depth', false)).toEqual([1, 2, 0, 3]);
  });
  it('keeps what is missing last and NaN before it, in both directions', () => {
    expect(table.sorted(all, 'metrics.auc', true)).toEqual([2, 0, 1, 3]);
    expect(table.sorted(all, 'metrics.auc', false)).toEqual([0, 2, 1, 3]);
  });
  it('orders texts by language', () => {
    expect(table.sorted(all, 'params.kind', false)).toEqual([0, 1, 2, 3]);
  });
  it('takes newer values without moving rows', () => {
    const newer = new RunTable(['c', 'z'], { 'metrics.auc': [0.95, 0.1] }, 2);
    expect(table.with(newer).columns['metrics.auc']).toEqual([0.7, 'NaN', 0.95, null]);
    expect(table.with(newer).ids).toBe(table.ids);
  });
});

describe(differing, () => {
  it('leaves out columns in which all runs are alike', () => {
    expect(differing(table, Object.keys(table.columns), all)).not.toContain('params.loss');
  });
  it('looks at the shown runs only', () => {
    expect(differing(table, ['params.depth', 'params.kind'], [1, 2])).toEqual([]);
  });
  it('takes a missing value for a difference', () => {
    expect(differing(table, ['params.depth'], [2, 3])).toEqual(['params.depth']);
  });
});

describe(groupsOf, () => {
  const groups = groupsOf(table, 'params.depth', [1, 0, 2, 3]);
  it('groups in the order of the rows, with a group of those without a value', () => {
    expect(groups.map((group) => [group.value, [...group.places]])).toEqual([
      ['2', [1, 2]],
      ['10', [0]],
      [null, [3]],
    ]);
  });
  it('shows the runs of opened groups below their heads', () => {
    expect(itemsOf(all, groups, new Set(['12'])).map((item) => (item.kind === 'run' ? item.place : item.group.value))).toEqual([
      '2',
      1,
      2,
      '10',
      null,
    ]);
  });
  it('tells mean and deviation of numbers, without NaN', () => {
    expect(spreadOf(table, 'metrics.auc', all)).toEqual({ mean: 0.8, deviation: expect.closeTo(0.1414, 4), n: 2 });
    expect(spreadOf(table, 'metrics.auc', [3])).toBeNull();
  });
});

describe(csvOf, () => {
  it('quotes what needs it, keeps raw numbers, and lets no text run as a formula', () => {
    const lines = csvOf(table, ['attributes.name', 'metrics.auc'], [0, 1, 2, 3]).split('\r\n');
    expect(lines).toEqual(['run,attributes.name,metrics.auc', 'a,run a,0.7', "b,'=cmd(),NaN", 'c,"run, ""c""",0.9', 'd,,']);
  });
});
