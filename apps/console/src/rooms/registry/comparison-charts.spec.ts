import type { ComparisonResult } from '@crisol/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { comparisonCharts, slotOf } from './comparison-charts';

beforeAll(() => loadMessages('en', ['comparison']));
const nothing = { roc: null, precisionRecall: null, lift: null, calibration: null, confusion: null, residuals: null };
const result = (curves: ComparisonResult['curves']): ComparisonResult => ({
  sentence: '',
  verdict: 'better',
  best: 1,
  task: 'binary',
  metric: 'auc',
  higherIsBetter: true,
  testSets: [],
  metrics: [],
  pairs: [],
  slices: [],
  disagreements: { total: 0, rows: 0, columns: [], examples: [] },
  curves,
  notes: [],
});

describe(comparisonCharts, () => {
  it('lays the curves of the candidates over each other, with a reference', () => {
    const roc = { x: [0, 1], y: [0, 1] };
    const [chart, ...others] = comparisonCharts(
      result([
        { ...nothing, candidate: 0, roc },
        { ...nothing, candidate: 2, roc },
      ]),
      ['a', 'b', 'c'],
    );
    expect(others).toEqual([]);
    expect(chart?.spec.series.map(({ name, slot }) => [name, slot])).toEqual([
      ['a', 1],
      ['c', 3],
      ['Chance', 'reference'],
    ]);
  });
  it('puts the bins of residuals over their middles', () => {
    const residuals = { edges: [-2, 0, 2], counts: [3, 5] };
    const [chart] = comparisonCharts(result([{ ...nothing, candidate: 0, residuals }]), ['a']);
    expect([...(chart?.spec.series[0]?.points ?? [])]).toEqual([-1, 3, 1, 5]);
  });
  it('shows no chart of what no candidate has', () => {
    expect(comparisonCharts(result([{ ...nothing, candidate: 0 }]), ['a'])).toEqual([]);
  });
  it('gives each candidate its colour for the whole page', () => {
    expect([0, 1, 5, 6].map(slotOf)).toEqual([1, 2, 6, 1]);
  });
});
