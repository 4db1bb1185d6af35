import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { averagePrecision, brierScore, expectedCalibrationError, logLoss, rocAuc, rocCurve } from './binary-metrics.js';
import {
  accuracy,
  averageOverClasses,
  confusionMatrix,
  f1,
  matthewsCorrelation,
  precision,
  recall,
  wilsonInterval,
} from './class-metrics.js';
import type { Measure } from './measure.js';
import { mulberry32 } from './random.js';
import { meanAbsoluteError, medianAbsoluteError, rootMeanSquaredError, rSquared } from './regression-metrics.js';

/** Set M: 200 rows of three uniforms from seed 61. The expected figures were computed with scikit-learn and SciPy. */
const random = mulberry32(61);
const rows = Array.from({ length: 200 }, () => {
  const [a, b, c] = [random(), random(), random()];
  return { a, mixed: a / 2 + b / 2, y: c < a ? 1 : 0 };
});
const y = rows.map((row) => row.y);
const a = rows.map((row) => row.a);
const mixed = rows.map((row) => row.mixed);
const matrix = confusionMatrix(
  y,
  a.map((score) => (score >= 0.5 ? 1 : 0)),
  2,
);

function expectValue(measure: Measure, expected: number): void {
  expect(measure.status).toBe('ok');
  expect(measure.n).toBe(200);
  expect(Math.abs((measure.value ?? Number.NaN) - expected)).toBeLessThan(1e-12);
}

describe('metrics of scores', () => {
  it('equal the golden figures on set M', () => {
    expect(y.filter((label) => label === 1)).toHaveLength(102);
    expectValue(rocAuc(y, a), 0.8265306122449);
    expectValue(rocAuc(y, mixed), 0.7178871548619);
    expectValue(averagePrecision(y, a), 0.8536310238856);
    expectValue(logLoss(y, a), 0.5097338901068);
    expectValue(brierScore(y, a), 0.1716561197628);
    expectValue(expectedCalibrationError(y, a), 0.0698830503202);
  });

  it('count ties as half, so a constant score is a coin', () => {
    expect(rocAuc([0, 1, 0, 1], [3, 3, 3, 3]).value).toBe(0.5);
    expect(rocAuc([0, 0, 1], [1, 2, 2]).value).toBe(0.75);
  });

  it('are undefined with one class, and say so', () => {
    expect(rocAuc([1, 1], [0.2, 0.3])).toEqual({ value: null, n: 2, status: 'undefined' });
    expect(averagePrecision([0, 0], [0.2, 0.3]).status).toBe('undefined');
  });

  it('do not change when scores pass through a rising function, and mirror when they turn round', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -20, max: 20 })), { minLength: 2, maxLength: 60 }),
        (pairs) => {
          const labels = pairs.map(([label]) => label);
          const scores = pairs.map(([, score]) => score);
          const plain = rocAuc(labels, scores).value;
          fc.pre(plain !== null);
          expect(
            rocAuc(
              labels,
              scores.map((score) => Math.exp(score / 10)),
            ).value,
          ).toBeCloseTo(plain ?? 0, 12);
          expect(
            rocAuc(
              labels,
              scores.map((score) => -score),
            ).value,
          ).toBeCloseTo(1 - (plain ?? 0), 12);
        },
      ),
    );
  });

  it('draw a curve whose trapezoids are the area', () => {
    const { fpr, tpr } = rocCurve(y, a, 10_000);
    let area = 0;
    for (let i = 1; i < fpr.length; i++) area += (((fpr[i] ?? 0) - (fpr[i - 1] ?? 0)) * ((tpr[i] ?? 0) + (tpr[i - 1] ?? 0))) / 2;
    expect(area).toBeCloseTo(0.8265306122449, 12);
    expect(rocCurve(y, a, 20).fpr).toHaveLength(20);
  });
});

describe('metrics of classes', () => {
  it('equal the golden figures on set M', () => {
    expectValue(accuracy(matrix), 0.735);
    expectValue(matthewsCorrelation(matrix), 0.4698462851155);
    const interval = wilsonInterval(147, 200);
    expect(interval?.low).toBeCloseTo(0.6698242380738, 12);
    expect(interval?.high).toBeCloseTo(0.7913184585289, 12);
  });

  it('leave out what does not exist instead of counting it as nothing', () => {
    const never = confusionMatrix([0, 0, 1], [0, 0, 0], 2);
    expect(precision(never, 1)).toEqual({ value: null, n: 3, status: 'undefined' });
    expect(recall(never, 1).value).toBe(0);
    expect(f1(never, 1).value).toBe(0);
    expect(averageOverClasses(never, precision, 'macro').value).toBeCloseTo(2 / 3, 12);
    expect(matthewsCorrelation(never).status).toBe('undefined');
  });
});

describe('metrics of numbers', () => {
  it('equal hand-computed figures', () => {
    const truth = [3, -0.5, 2, 7];
    const prediction = [2.5, 0, 2, 8];
    expect(meanAbsoluteError(truth, prediction).value).toBe(0.5);
    expect(rootMeanSquaredError(truth, prediction).value).toBeCloseTo(Math.sqrt(0.375), 12);
    expect(medianAbsoluteError(truth, prediction).value).toBe(0.5);
    expect(rSquared(truth, prediction).value).toBeCloseTo(0.9486081370449679, 12);
  });

  it('say that a constant target is degenerate', () => {
    expect(rSquared([2, 2], [2, 2])).toEqual({ value: 1, n: 2, status: 'degenerate' });
    expect(rSquared([2, 2], [1, 2])).toEqual({ value: 0, n: 2, status: 'degenerate' });
  });
});
