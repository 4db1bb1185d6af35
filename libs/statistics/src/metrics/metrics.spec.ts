import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../random.js';
import {
  accuracy,
  averageOverClasses,
  averageRanking,
  confusionMatrix,
  f1,
  matthewsCorrelation,
  precision,
  recall,
  specificity,
  wilsonInterval,
} from './classification.js';
import { brierScore, calibrationBins, expectedCalibrationError, logLoss, multiclassLogLoss } from './probability.js';
import { averagePrecision, rocAuc, rocCurve } from './ranking.js';
import { meanAbsoluteError, meanAbsolutePercentageError, medianAbsoluteError, rootMeanSquaredError, rSquared } from './regression.js';

// Set M: 200 × (a, b, c) from mulberry32 seed 61; A = a, B = (a + b) / 2, y = c < a. Expected values come from scikit-learn.
function setM() {
  const random = seededRandom(61);
  const rows = Array.from({ length: 200 }, () => [random(), random(), random()] as const);
  return {
    a: rows.map(([a]) => a),
    b: rows.map(([a, b]) => a / 2 + b / 2),
    y: rows.map(([a, , c]) => (c < a ? 1 : 0)),
  };
}

describe('metrics on set M', () => {
  const { a, b, y } = setM();
  const matrix = confusionMatrix(
    y,
    a.map((p) => (p >= 0.5 ? 1 : 0)),
    2,
  );

  it('has the positives of the golden set', () => expect(y.reduce<number>((sum, value) => sum + value, 0)).toBe(102));
  it('equals the golden ranking metrics', () => {
    expect(rocAuc(y, a).value).toBeCloseTo(0.8265306122449, 12);
    expect(rocAuc(y, b).value).toBeCloseTo(0.7178871548619, 12);
    expect(averagePrecision(y, a).value).toBeCloseTo(0.8536310238856, 12);
  });
  it('equals the golden probability metrics', () => {
    expect(logLoss(y, a).value).toBeCloseTo(0.5097338901068, 12);
    expect(brierScore(y, a).value).toBeCloseTo(0.1716561197628, 12);
    expect(expectedCalibrationError(y, a).value).toBeCloseTo(0.0698830503202, 12);
  });
  it('equals the golden class metrics', () => {
    expect(matthewsCorrelation(matrix).value).toBeCloseTo(0.4698462851155, 12);
    expect(accuracy(matrix)).toEqual({ value: 0.735, n: 200, status: 'ok' });
    const interval = wilsonInterval(147, 200);
    expect(interval?.[0]).toBeCloseTo(0.6698242380738, 10);
    expect(interval?.[1]).toBeCloseTo(0.7913184585289, 10);
  });
  it('draws a ROC curve whose trapezoids give the AUC', () => {
    const points = rocCurve(y, a, 1000);
    const area = points.slice(1).reduce((sum, point, i) => {
      const before = points[i] ?? point;
      return sum + ((point.falsePositiveRate - before.falsePositiveRate) * (point.truePositiveRate + before.truePositiveRate)) / 2;
    }, 0);
    expect(area).toBeCloseTo(0.8265306122449, 12);
    const thinned = rocCurve(y, a, 20);
    expect(thinned).toHaveLength(20);
    expect(thinned.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
  });
  it('bins calibration by equal counts', () => {
    const bins = calibrationBins(y, a);
    expect(bins.map(({ n }) => n)).toEqual(Array.from({ length: 10 }, () => 20));
    expect(bins.reduce((sum, bin) => sum + bin.observedShare * bin.n, 0)).toBeCloseTo(102, 9);
  });
});

describe('metrics by hand', () => {
  const matrix = [
    [5, 1, 0],
    [2, 3, 0],
    [1, 0, 0],
  ];
  it('counts half for ties', () => expect(rocAuc([0, 1, 1, 0], [0.5, 0.5, 0.9, 0.1]).value).toBe(0.875));
  it('averages over classes, leaving out the undefined', () => {
    expect(precision(matrix, 2)).toEqual({ value: null, n: 12, status: 'undefined' });
    expect(averageOverClasses(matrix, precision, 'macro').value).toBeCloseTo((5 / 8 + 3 / 4) / 2, 15);
    expect(averageOverClasses(matrix, recall, 'weighted').value).toBeCloseTo(8 / 12, 15);
    expect(f1(matrix, 0).value).toBeCloseTo(10 / 14, 15);
    expect(specificity(matrix, 0).value).toBeCloseTo(3 / 6, 15);
  });
  it('says undefined for one class and insufficient for no rows', () => {
    expect(rocAuc([1, 1], [0.2, 0.4]).status).toBe('undefined');
    expect(averagePrecision([0, 0], [0.2, 0.4]).status).toBe('undefined');
    expect(logLoss([], []).status).toBe('insufficient');
    expect(rSquared([1], [1]).status).toBe('insufficient');
  });
  it('measures multiclass probabilities', () => {
    const p = [0.7, 0.2, 0.1, 0.1, 0.8, 0.1, 0.2, 0.2, 0.6];
    expect(multiclassLogLoss([0, 1, 2], p, 3).value).toBeCloseTo(-(Math.log(0.7) + Math.log(0.8) + Math.log(0.6)) / 3, 15);
    expect(averageRanking([0, 1, 2], p, 3, rocAuc, 'macro').value).toBe(1);
  });
  it('measures numbers', () => {
    const [y, predicted] = [
      [1, 2, 4, 0],
      [1, 3, 2, 1],
    ];
    expect(meanAbsoluteError(y, predicted).value).toBe(1);
    expect(rootMeanSquaredError(y, predicted).value).toBe(Math.sqrt(1.5));
    expect(medianAbsoluteError(y, predicted).value).toBe(1);
    expect(rSquared(y, predicted).value).toBeCloseTo(1 - 6 / 8.75, 15);
    expect(rSquared([2, 2], [2, 2])).toEqual({ value: 1, n: 2, status: 'degenerate' });
    expect(meanAbsolutePercentageError([1, 2], [1, 3])).toEqual({ value: 0.25, n: 2, status: 'ok' });
    expect(meanAbsolutePercentageError(y, predicted).status).toBe('degenerate');
  });
});
