import { describe, expect, it } from '@jest/globals';
import * as statistics from '@crisol/statistics';
import fc from 'fast-check';
import type { Answers } from './answers.js';
import { findMetric, measure } from './metrics.js';

/** A metric as the library computes it on rows written out. */
type Plain = (answers: Answers) => number | null;
const positive = ({ truth }: Answers): number[] => Array.from(truth, (label) => (label === 1 ? 1 : 0));
const score = ({ probabilities }: Answers): number[] => Array.from(probabilities[1] ?? []);
const matrix = ({ truth, prediction, classes }: Answers): number[][] => statistics.confusionMatrix(truth, prediction, classes);
const flat = ({ probabilities, rows, classes }: Answers): number[] =>
  Array.from({ length: rows * classes }, (_, at) => probabilities[at % classes]?.[Math.floor(at / classes)] ?? 0);
const binary: Readonly<Record<string, Plain>> = {
  roc_auc: (answers) => statistics.rocAuc(positive(answers), score(answers)).value,
  average_precision: (answers) => statistics.averagePrecision(positive(answers), score(answers)).value,
  log_loss: (answers) => statistics.logLoss(positive(answers), score(answers)).value,
  brier: (answers) => statistics.brierScore(positive(answers), score(answers)).value,
  ece: (answers) => statistics.expectedCalibrationError(positive(answers), score(answers)).value,
  accuracy: (answers) => statistics.accuracy(matrix(answers)).value,
  mcc: (answers) => statistics.matthewsCorrelation(matrix(answers)).value,
  f1: (answers) => statistics.f1(matrix(answers), 1).value,
};
const multiclass: Readonly<Record<string, Plain>> = {
  log_loss: (answers) => statistics.multiclassLogLoss(answers.truth, flat(answers), answers.classes).value,
  f1_macro: (answers) => statistics.averageOverClasses(matrix(answers), statistics.f1, 'macro').value,
};
const regression: Readonly<Record<string, Plain>> = {
  rmse: ({ truth, prediction }) => statistics.rootMeanSquaredError(truth, prediction).value,
  mae: ({ truth, prediction }) => statistics.meanAbsoluteError(truth, prediction).value,
  median_ae: ({ truth, prediction }) => statistics.medianAbsoluteError(truth, prediction).value,
  mape: ({ truth, prediction }) => statistics.meanAbsolutePercentageError(truth, prediction).value,
};

const rowOf = fc.record({
  truth: fc.integer({ min: 0, max: 2 }),
  prediction: fc.integer({ min: 0, max: 2 }),
  weight: fc.integer({ min: 0, max: 3 }),
});
const table = fc.array(rowOf, { minLength: 3, maxLength: 40 });
type Row = { readonly truth: number; readonly prediction: number; readonly weight: number };

/** With `tied` few scores are distinct, and bins of equal count would depend on the order of ties. */
function answersOf(rows: readonly Row[], classes: number, tied: boolean): Answers {
  const within = (value: number): number => (classes === 0 ? value : value % classes);
  const raw = Array.from({ length: classes }, (_, k) =>
    rows.map((_row, i) => (tied ? 1 + ((i + k) % 3) : ((i * 7 + k * 3) % 41) / 41 + (i + 1) / 1000 + 0.01)),
  );
  return {
    rows: rows.length,
    truth: Float64Array.from(rows, ({ truth }) => within(truth)),
    prediction: Float64Array.from(rows, ({ prediction }, i) => (classes === 0 ? prediction + i / 50 : within(prediction))),
    probabilities: raw.map((own) => Float64Array.from(own, (value, i) => value / raw.reduce((sum, one) => sum + (one[i] ?? 0), 0))),
    classes,
  };
}
function writtenOut(answers: Answers, weights: Int32Array): Answers {
  const rows = [...weights].flatMap((weight, row) => new Array<number>(weight).fill(row));
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row] ?? 0);
  return {
    ...answers,
    rows: rows.length,
    truth: pick(answers.truth),
    prediction: pick(answers.prediction),
    probabilities: answers.probabilities.map(pick),
  };
}

describe('a metric of weighted rows', () => {
  it.each([
    ['binary', 2, binary],
    ['multiclass', 3, multiclass],
    ['regression', 0, regression],
  ] as const)('of %s is that of the rows written out as often as they weigh', (task, classes, plain) => {
    fc.assert(
      fc.property(table, fc.boolean(), (rows, tied) => {
        const answers = answersOf(rows, classes, tied);
        const weights = Int32Array.from(rows, ({ weight }) => weight);
        fc.pre(weights.some((weight) => weight > 0));
        const copies = writtenOut(answers, weights);
        for (const [name, expected] of Object.entries(plain)) {
          if (tied && name === 'ece') continue;
          const metric = findMetric(task, name);
          const [found, wanted] = [metric?.prepare(answers)(weights) ?? null, expected(copies)];
          expect([name, found === null, wanted]).toEqual([name, wanted === null, wanted]);
          if (found !== null && wanted !== null)
            expect([name, Math.abs(found - wanted) < 1e-9 * Math.max(1, Math.abs(wanted))]).toEqual([name, true]);
        }
      }),
    );
  });

  it('of R² keeps its digits far from 0, and does not exist where the truth is constant', () => {
    const truth = Float64Array.from({ length: 50 }, (_, i) => 1e8 + (i % 7));
    const prediction = truth.map((value, i) => value + ((i % 3) - 1) / 10);
    const answers: Answers = { rows: 50, truth, prediction, probabilities: [], classes: 0 };
    const metric = findMetric('regression', 'r2');
    expect(metric && measure(metric, answers)).toBeCloseTo(statistics.rSquared(truth, prediction).value ?? 0, 9);
    expect(metric && measure(metric, { ...answers, truth: truth.map(() => 3) })).toBeNull();
  });
});
