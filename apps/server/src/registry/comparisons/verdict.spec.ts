import { describe, expect, it } from '@jest/globals';
import { decidingMetric, figuresOf, usualMetric, type Figure } from './figures.js';
import { sayVerdict } from './say-verdict.js';
import type { ScoredRows } from './scored-rows.js';
import type { TestedPair } from './test-pairs.js';
import { standingOf } from './verdict.js';

const figure = (task: ScoredRows['task'], name: string): Figure => decidingMetric(task, name) ?? usualMetric(task, true);
const auc = figure('binary', 'auc');
const rmse = figure('regression', 'rmse');

const scored = (rows: number, task: ScoredRows['task'] = 'binary', positive = rows / 2): ScoredRows => ({
  task,
  labels: task === 'regression' ? [] : ['no', 'yes'],
  truth: Float64Array.from({ length: rows }, (_, row) => (row < positive ? 1 : 0)),
  candidates: ['A', 'B', 'C'].map((label, place) => ({
    label,
    predictions: new Float64Array(rows).fill(place),
    probabilities: [],
  })),
  sets: new Int32Array(rows),
  rowNumbers: new Int32Array(rows),
});
const pair = (difference: number, low: number, high: number, p: number, changes: Partial<TestedPair> = {}): TestedPair => ({
  a: 0,
  b: 1,
  metric: 'auc',
  test: 'delong',
  difference,
  low,
  high,
  statistic: null,
  p,
  pAdjusted: p,
  note: null,
  ...changes,
});
const said = (rows: ScoredRows, pairs: TestedPair[], metric = auc, smallestEffect = 0, leaked = new Set<number>(), labels = ['A', 'B']) => {
  const standing = standingOf(rows, pairs, metric, smallestEffect);
  const isNumber = rows.task === 'regression';
  const changed = rows.truth.length === 0 ? null : { total: 212, rows: rows.truth.length, meanMove: isNumber ? 1.2345 : null };
  return { ...standing, sentence: sayVerdict({ standing, metric, labels, changed, smallestEffect, folds: 5, leaked }) };
};

describe('what is said of a comparison', () => {
  it('is by how much the other is better, and how many decisions change', () => {
    expect(said(scored(40_118), [pair(0.008, 0.005, 0.011, 0.001)])).toMatchObject({
      verdict: 'better',
      best: 1,
      sentence: 'B is better than A by 0.8 ± 0.3 AUC points; 212 of 40,118 decisions change.',
    });
    const worse = said(scored(500, 'regression'), [pair(1.5, 1.4, 1.6, 0.001, { metric: 'rmse', test: 'paired_bootstrap' })], rmse);
    expect(worse).toMatchObject({ verdict: 'worse', best: 1 });
    expect(worse.sentence).toBe('B is worse than A by 1.5 ± 0.1 RMSE; predictions move by 1.2 on average over 500 rows.');
  });

  it('is that nothing is shown, or that it is too small to matter, or may be', () => {
    expect(said(scored(240), [pair(0.003, -0.006, 0.012, 0.5)])).toMatchObject({
      verdict: 'no_difference',
      sentence: 'No difference between B and A is shown: 0.3 ± 0.9 AUC points; 212 of 240 decisions change.',
    });
    expect(said(scored(4_000), [pair(0.003, 0.001, 0.005, 0.01)], auc, 0.01)).toMatchObject({
      verdict: 'no_difference',
      sentence: 'B and A differ by less than what matters (1 AUC point): 0.3 ± 0.2 AUC points; 212 of 4,000 decisions change.',
    });
    const maybe = said(scored(4_000), [pair(0.011, 0.001, 0.021, 0.03)], auc, 0.005);
    expect(maybe.verdict).toBe('no_difference');
    expect(maybe.sentence).toContain('B is ahead of A by 1.1 ± 1.0 AUC points, which may be less than what matters (0.5 AUC points)');
  });

  it('is that the rows cannot tell', () => {
    expect(said(scored(24), [pair(0.2, 0.1, 0.3, 0.001)])).toMatchObject({
      verdict: 'not_enough_data',
      sentence: 'There is not enough data to tell B and A apart: 24 rows.',
    });
    expect(said(scored(500, 'binary', 3), [pair(0.2, 0.1, 0.3, 0.001)]).sentence).toContain('hardly any are of one class');
    const one = said(scored(300, 'binary', 0), [
      { ...pair(0, 0, 0, 1), difference: null, low: null, high: null, p: null, pAdjusted: null },
    ]);
    expect(one).toMatchObject({ verdict: 'not_enough_data', best: null });
    expect(one.sentence).toBe('All 300 rows are of one class, so nothing can be told of the candidates.');
  });

  it('is of the best of several others, by the adjusted p-value', () => {
    const pairs = [pair(0.01, 0.004, 0.016, 0.03, { pAdjusted: 0.06 }), pair(0.002, -0.01, 0.014, 0.7, { b: 2 })];
    expect(said(scored(900), pairs, auc, 0, new Set(), ['A', 'B', 'C'])).toMatchObject({ verdict: 'no_difference', best: 1 });
    const worse = [pair(-0.03, -0.04, -0.02, 0.001), pair(-0.01, -0.015, -0.005, 0.002, { b: 2 })];
    expect(said(scored(900), worse, auc, 0, new Set(), ['A', 'B', 'C'])).toMatchObject({
      verdict: 'worse',
      best: 2,
      sentence: 'None is better than A: the best other, C, is worse by 1.0 ± 0.5 AUC points; 212 of 900 decisions change.',
    });
  });

  it('names who has learnt from the rows, and folds where there are no rows', () => {
    const leaked = said(scored(900), [pair(0.02, 0.01, 0.03, 0.001)], auc, 0, new Set([1]));
    expect(leaked.sentence).toContain('B has, or may have, learnt from some of these rows and may look better than it is.');
    const folds = said(scored(0, 'regression'), [pair(-0.2, -0.3, -0.1, 0.002, { metric: 'rmse', test: 'corrected_t' })], rmse);
    expect(folds).toMatchObject({ verdict: 'better', sentence: 'B is better than A by 0.2 ± 0.1 RMSE over 5 folds.' });
  });

  it('is that both answer alike', () => {
    const rows = scored(100);
    const [first] = rows.candidates;
    const alike = { ...rows, candidates: rows.candidates.map((one) => first ?? one) };
    expect(said(alike, [pair(0, 0, 0, 1)]).sentence).toBe('B and A answer alike on all 100 rows.');
  });
});

describe('the deciding figure', () => {
  it('is found by our name and by those of other libraries', () => {
    expect(decidingMetric('binary', 'roc_auc')?.name).toBe('auc');
    expect(decidingMetric('binary', 'average_precision')?.name).toBe('averagePrecision');
    expect(decidingMetric('multiclass', 'f1_macro')?.name).toBe('f1Macro');
    expect(decidingMetric('regression', 'root_mean_squared_error')?.name).toBe('rmse');
    expect(decidingMetric('regression', 'auc')).toBeNull();
  });

  it('is one that models without probabilities have too, where they are compared', () => {
    expect(usualMetric('binary', true).name).toBe('auc');
    expect(usualMetric('binary', false).name).toBe('accuracy');
    expect(figuresOf('regression').every(({ needsScores }) => !needsScores)).toBe(true);
  });
});
