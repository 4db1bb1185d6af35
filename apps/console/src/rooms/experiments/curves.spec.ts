import { describe, expect, it } from 'vitest';
import { curvesOf, matchingMetrics } from './curves';

const runs = [
  { id: 'run_aaaa', name: 'twin', group: 'x', live: false },
  { id: 'run_bbbb', name: 'twin', group: 'x', live: false },
  { id: 'run_cccc', name: 'other', group: null, live: false },
];
const curve = (y: number[]) => ({ loss: { x: [0, 2], y, total: 2, reduced: false } });
const series = { run_aaaa: curve([1, 3]), run_bbbb: curve([3, 5]), run_cccc: curve([0, 0]) };

describe(curvesOf, () => {
  it('tells runs of one name apart, and gives each a look of its own', () => {
    const lines = curvesOf(series, 'loss', runs, false, 'none');
    expect(lines.map((line) => line.name)).toEqual(['twin …aaaa', 'twin …bbbb', 'other']);
    expect(lines.map((line) => line.slot)).toEqual([1, 2, 3]);
  });
  it('keeps the look of a run in panels where others are missing', () => {
    expect(curvesOf({ run_cccc: series.run_cccc }, 'loss', runs, false, 'none')[0]).toMatchObject({ name: 'other', slot: 3 });
  });
  it('shows the mean of a group with its spread', () => {
    const [group, rest] = curvesOf(series, 'loss', runs, true, 'none');
    expect(group?.name).toBe('x (2)');
    expect([...(group?.points ?? [])]).toEqual([0, 2, 2, 4]);
    expect(group?.band?.[1]).toBeCloseTo(2 - Math.SQRT2);
    expect(rest?.name).toBe('none (1)');
  });
});
describe(matchingMetrics, () => {
  it('takes a regular expression, or plain text when it is none', () => {
    const names = ['train/loss', 'valid/loss', 'auc', 'a(b'];
    expect(matchingMetrics(names, '^valid|auc')).toEqual(['valid/loss', 'auc']);
    expect(matchingMetrics(names, 'a(')).toEqual(['a(b']);
  });
});
