import { describe, expect, it } from '@jest/globals';
import type { Table, TableColumn } from '@crisol/plugin-api';
import { adjustedRandIndex, evaluateAnomalies, evaluateGroups } from './evaluate-untargeted.js';

const numbers = (name: string, ...values: number[]): TableColumn => ({ name, type: 'number', values: Float64Array.from(values) });
const texts = (name: string, levels: string[], ...codes: number[]): TableColumn => ({
  name,
  type: 'text',
  levels,
  codes: Int32Array.from(codes),
});
const table = (...columns: TableColumn[]): Table => {
  const [first] = columns;
  return { rows: first?.type === 'text' ? first.codes.length : (first?.values.length ?? 0), columns };
};

describe(evaluateAnomalies.name, () => {
  const scores = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.9);

  it('says how many rows are above the threshold and how the scores are spread', () => {
    const { metrics, anomaly, roc, warnings } = evaluateAnomalies(scores, null);
    expect(metrics).toMatchObject({ anomalousShare: 0.2, scoreMedian: expect.closeTo(0.3, 6), scoreP99: expect.closeTo(0.9, 6) });
    expect(anomaly).toMatchObject({ threshold: 0.5, share: 0.2 });
    expect([roc, warnings]).toEqual([null, []]);
  });

  it('takes the rarer of two labels as unusual, and 1 and true whatever their number', () => {
    expect(evaluateAnomalies(scores, texts('kind', ['odd', 'even'], 1, 1, 1, 1, 0)).metrics).toMatchObject({ auc: 1 });
    expect(evaluateAnomalies(scores, numbers('flag', 0, 0, 1, 1, 1)).metrics).toMatchObject({ auc: 1 });
    expect(evaluateAnomalies(scores, numbers('flag', 1, 1, 1, 0, 0)).metrics).toMatchObject({ auc: 0 });
  });

  it('leaves rows without a label out, and says when labels are of no use', () => {
    expect(evaluateAnomalies(scores, texts('kind', ['a', 'b', ''], 0, 0, 2, -1, 1)).metrics).toMatchObject({ auc: 1 });
    const { metrics, warnings } = evaluateAnomalies(scores, numbers('size', 1, 2, 3, 4, 5));
    expect(metrics).not.toHaveProperty('auc');
    expect(warnings).toEqual(['size does not have two values, so it cannot say which rows are unusual.']);
  });
});

describe(evaluateGroups.name, () => {
  const memberships = Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.2, 0.8);

  it('measures tight groups that lie apart', () => {
    const { metrics, clusters } = evaluateGroups(table(numbers('x', 0, 0, 10, 10)), memberships, ['low', 'high'], null);
    expect(metrics).toMatchObject({ silhouette: 1, inertia: 0, clusters: 2, smallestShare: 0.5 });
    expect(clusters).toEqual([
      { label: 'low', rows: 2, share: 0.5 },
      { label: 'high', rows: 2, share: 0.5 },
    ]);
  });

  // scikit-learn 1.9.1: silhouette_score([[0],[1],[4],[6]], [0,0,1,1]) after StandardScaler, and its inertia around the means.
  it('agrees with scikit-learn', () => {
    const { metrics } = evaluateGroups(table(numbers('x', 0, 1, 4, 6)), memberships, ['a', 'b'], null);
    expect(metrics['silhouette']).toBeCloseTo(0.6537337662337662, 12);
    expect(metrics['inertia']).toBeCloseTo(2.5 / 5.6875, 6);
  });

  it('counts a different text as a distance of 1', () => {
    const { metrics } = evaluateGroups(table(texts('c', ['u', 'v'], 0, 0, 1, 1)), memberships, ['a', 'b'], null);
    expect(metrics).toMatchObject({ silhouette: 1, inertia: 0 });
  });

  it('compares with labels, and warns when all fell into one group', () => {
    const x = table(numbers('x', 0, 0, 10, 10));
    expect(evaluateGroups(x, memberships, ['a', 'b'], texts('t', ['p', 'q'], 1, 1, 0, 0)).metrics).toMatchObject({ adjustedRandIndex: 1 });
    const one = evaluateGroups(x, Float32Array.of(1, 0, 1, 0, 1, 0, 1, 0), ['a', 'b'], null);
    expect([one.metrics['silhouette'], one.warnings]).toEqual([null, ['All rows fell into one group.']]);
  });
});

describe(adjustedRandIndex.name, () => {
  // scikit-learn 1.9.1: adjusted_rand_score([0,0,1,2], [0,0,1,1]) = 4/7.
  it.each([
    [[0, 0, 1, 2], ['a', 'a', 'b', 'b'], 4 / 7],
    [[0, 0, 1, 1], ['b', 'b', 'a', 'a'], 1],
    [[0, 1, 0, 1], ['a', 'a', 'b', 'b'], -0.5],
  ])('of %j and %j', (groups, labels, value) => {
    expect(adjustedRandIndex(groups, labels)).toBeCloseTo(value, 10);
  });

  it('leaves rows without a label out', () => {
    expect(adjustedRandIndex([0, 0, 1, 1, 0], ['a', 'a', 'b', 'b', null])).toBe(1);
    expect(adjustedRandIndex([0], ['a'])).toBeNull();
  });
});
