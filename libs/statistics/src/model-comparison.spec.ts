import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { brierScore, expectedCalibrationError, rocAuc } from './binary-metrics.js';
import { compareAuc, mcnemar } from './comparison.js';
import { spearman } from './correlation.js';
import { equalWidthHistogram, liftCurve, precisionRecallCurve } from './curves.js';
import { incompleteBeta, studentReach, studentTwoSidedP } from './distributions.js';
import { correctedT, wilcoxonSignedRank } from './fold-tests.js';
import { jointBootstrap } from './joint-bootstrap.js';
import { mulberry32 } from './random.js';
import { binaryFigures, multiclassFigures, regressionFigures, type WeightedFigures } from './weighted-figures.js';

interface Weighted {
  readonly truth: number[];
  readonly weights: number[];
  readonly plain: Record<string, number>;
  readonly weighted: Record<string, number>;
}
interface Golden {
  readonly beta: [number, number, number, number][];
  readonly student: [number, number, number][];
  readonly reach: [number, number, number][];
  readonly wilcoxon: [number[], number, number, string][];
  readonly correctedT: [number[], number, number, number][];
  readonly spearman: [number[], number[], number];
  readonly binary: Weighted & { readonly scores: number[]; readonly precisionRecall: [number[], number[]] };
  readonly multiclass: Weighted & { readonly probabilities: number[][] };
  readonly regression: Weighted & { readonly predictions: number[] };
  readonly bootstrap: { readonly truth: number[]; readonly a: number[]; readonly b: number[]; readonly low: number; readonly high: number };
}
const golden: Golden = JSON.parse(readFileSync(new URL('../test/golden/model-comparison.json', import.meta.url), 'utf8'));

const figuresOf = (figures: WeightedFigures, weights: number[]): Record<string, number> => {
  const out = new Float64Array(figures.names.length);
  figures.write(Int32Array.from(weights), out, 0);
  return Object.fromEntries(figures.names.map((name, i) => [name, out[i] ?? Number.NaN]));
};
/** A standard normal, near enough: twelve uniform numbers. */
const normal = (random: () => number): number => Array.from({ length: 12 }, random).reduce((sum, u) => sum + u, -6);
const differences = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 2, maxLength: 40 });

describe("Student's t and the incomplete beta function", () => {
  it('equal SciPy, tails included', () => {
    for (const [x, a, b, expected] of golden.beta)
      expect([x, a, b, Math.abs(incompleteBeta(x, a, b) - expected) <= 1e-11 * expected]).toEqual([x, a, b, true]);
    for (const [t, df, p] of golden.student)
      expect([t, df, p === 0 || Math.abs(studentTwoSidedP(t, df) / p - 1) < 1e-11]).toEqual([t, df, true]);
    for (const [confidence, df, t] of golden.reach) expect(studentReach(confidence, df) / t).toBeCloseTo(1, 9);
  });

  it('have closed forms', () => {
    expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14);
    expect(incompleteBeta(0.3, 2, 1)).toBeCloseTo(0.09, 14);
    // One degree of freedom is Cauchy's distribution.
    expect(studentTwoSidedP(1, 1)).toBeCloseTo(0.5, 14);
    expect(studentTwoSidedP(Number.POSITIVE_INFINITY, 3)).toBe(0);
  });
});

describe(correctedT.name, () => {
  it('equals the published figures and the formula with SciPy', () => {
    const random = mulberry32(62);
    const found = correctedT(
      Array.from({ length: 10 }, () => (random() - 0.4) * 0.1),
      1 / 9,
    );
    expect(found?.statistic).toBeCloseTo(0.5254391427009, 11);
    expect(found?.p).toBeCloseTo(0.6119759903344, 11);
    for (const [folds, share, t, p] of golden.correctedT) {
      const own = correctedT(folds, share);
      expect(own?.statistic).toBeCloseTo(t, 11);
      expect(own?.p).toBeCloseTo(p, 11);
      expect((own?.low ?? 0) <= 0 && (own?.high ?? 0) >= 0).toBe(p > 0.05);
    }
  });

  it('has an answer where nothing varies, and none for one fold', () => {
    expect(correctedT([0, 0, 0], 0.5)).toMatchObject({ p: 1, statistic: 0, low: 0, high: 0 });
    expect(correctedT([0.1, 0.1, 0.1], 0.5)).toMatchObject({ p: 0, statistic: Number.POSITIVE_INFINITY });
    expect(correctedT([0.1], 0.5)).toBeNull();
  });

  it('mirrors when the two are exchanged, and its p is a probability', () => {
    fc.assert(
      fc.property(differences, (values) => {
        const [one, other] = [
          correctedT(values, 0.25),
          correctedT(
            values.map((value) => -value),
            0.25,
          ),
        ];
        expect(one?.p).toBe(other?.p);
        expect(one?.low).toBeCloseTo(-(other?.high ?? 0), 12);
        expect(one?.p).toBeGreaterThanOrEqual(0);
        expect(one?.p).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe(wilcoxonSignedRank.name, () => {
  it('equals SciPy: exact, over all signs, and normal with both corrections', () => {
    for (const [values, statistic, p, method] of golden.wilcoxon) {
      const found = wilcoxonSignedRank(values);
      expect([values.length, found.method, found.statistic]).toEqual([values.length, method, statistic]);
      expect([values.length, method, Math.abs(found.p / p - 1) < 1e-9]).toEqual([values.length, method, true]);
    }
    const random = mulberry32(62);
    expect(wilcoxonSignedRank(Array.from({ length: 10 }, () => (random() - 0.4) * 0.1))).toMatchObject({ statistic: 21, p: 0.556640625 });
  });

  it('says nothing of differences that are all 0, and mirrors', () => {
    expect(wilcoxonSignedRank([0, 0])).toMatchObject({ p: 1, n: 0 });
    fc.assert(
      fc.property(differences, (values) => {
        const found = wilcoxonSignedRank(values);
        expect(wilcoxonSignedRank(values.map((value) => -value))).toEqual(found);
        expect(found.p).toBeGreaterThan(0);
        expect(found.p).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('figures of weighted rows', () => {
  it('of a binary model equal scikit-learn on rows that are repeated so often', () => {
    const { truth, scores, weights, plain, weighted } = golden.binary;
    const figures = binaryFigures(
      truth,
      Float64Array.from(scores),
      scores.map((score) => (score >= 0.5 ? 1 : 0)),
    );
    const [own, repeated] = [
      figuresOf(
        figures,
        truth.map(() => 1),
      ),
      figuresOf(figures, weights),
    ];
    for (const [name, value] of Object.entries(plain)) expect([name, own[name]]).toEqual([name, expect.closeTo(value, 12)]);
    for (const [name, value] of Object.entries(weighted)) expect([name, repeated[name]]).toEqual([name, expect.closeTo(value, 12)]);
    expect(own['ece']).toBeCloseTo(expectedCalibrationError(truth, scores).value ?? 0, 12);
    expect(own['brier']).toBeCloseTo(brierScore(truth, scores).value ?? 0, 14);
  });

  it('of several classes and of a regression equal scikit-learn', () => {
    const { multiclass, regression } = golden;
    const probabilities = multiclass.probabilities.map((own) => Float64Array.from(own));
    const predictions = multiclass.truth.map((_, row) =>
      probabilities.reduce((best, own, k) => ((own[row] ?? 0) > (probabilities[best]?.[row] ?? 0) ? k : best), 0),
    );
    for (const [figures, expected] of [
      [multiclassFigures(multiclass.truth, predictions, probabilities, 3), multiclass],
      [regressionFigures(regression.truth, regression.predictions), regression],
    ] as const) {
      const [own, repeated] = [
        figuresOf(
          figures,
          expected.truth.map(() => 1),
        ),
        figuresOf(figures, expected.weights),
      ];
      for (const [name, value] of Object.entries(expected.plain)) expect([name, own[name]]).toEqual([name, expect.closeTo(value, 10)]);
      for (const [name, value] of Object.entries(expected.weighted))
        expect([name, repeated[name]]).toEqual([name, expect.closeTo(value, 10)]);
    }
  });

  it('do not exist where their denominators are 0', () => {
    const one = figuresOf(binaryFigures([1, 1], Float64Array.of(0.2, 0.9), [0, 1]), [1, 1]);
    expect(one).toMatchObject({ auc: Number.NaN, mcc: Number.NaN, specificity: Number.NaN, recall: 0.5, balancedAccuracy: 0.5 });
    expect(figuresOf(binaryFigures([0, 1], null, [0, 0]), [1, 1])).toMatchObject({ auc: Number.NaN, precision: Number.NaN, accuracy: 0.5 });
    expect(figuresOf(regressionFigures([3, 3], [3, 4]), [1, 1])).toMatchObject({ r2: 0, mae: 0.5 });
    expect(figuresOf(regressionFigures([3, 3], [3, 3]), [1, 1])).toMatchObject({ r2: 1 });
  });

  it('cut the bins of resampled rows as those of repeated rows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 3 })), {
          minLength: 12,
          maxLength: 60,
        }),
        (cells) => {
          // Scores that differ: which of two equal ones falls into which bin is anybody's choice.
          const scores = cells.map(([, score], row) => (score + row / 1000) / 1001);
          const truth = cells.map(([label]) => label);
          const weights = cells.map(([, , weight]) => weight);
          fc.pre(weights.some((weight) => weight > 0));
          const repeat = (values: number[]): number[] => values.flatMap((value, row) => new Array<number>(weights[row] ?? 0).fill(value));
          const found = figuresOf(binaryFigures(truth, Float64Array.from(scores), truth), weights);
          const [repeatedTruth, repeatedScores] = [repeat(truth), repeat(scores)];
          expect(found['brier']).toBeCloseTo(brierScore(repeatedTruth, repeatedScores).value ?? 0, 12);
          const auc = rocAuc(repeatedTruth, repeatedScores).value;
          if (auc !== null) expect(found['auc']).toBeCloseTo(auc, 12);
        },
      ),
    );
  });
});

describe(jointBootstrap.name, () => {
  const { truth, a, b, low, high } = golden.bootstrap;
  const [one, other] = [regressionFigures(truth, a), regressionFigures(truth, b)];
  const both = (seed: number, resamples = 2_000) =>
    jointBootstrap(
      truth.length,
      10,
      (weights, out) => {
        one.write(weights, out, 0);
        other.write(weights, out, 5);
      },
      { seed, resamples },
    );
  const difference = (values: Float64Array): number => (values[5] ?? 0) - (values[0] ?? 0);

  it("comes close to SciPy's BCa interval of a paired difference, and repeats with its seed", () => {
    const found = both(3, 20_000).interval(difference);
    expect(found?.low).toBeCloseTo(low, 2);
    expect(found?.high).toBeCloseTo(high, 2);
    expect(both(4).interval(difference)).toEqual(both(4).interval(difference));
  });

  it('mirrors when the two are exchanged, nearly: quantiles of one side are those of the other', () => {
    const joint = both(5);
    const [there, back] = [joint.interval(difference), joint.interval((values) => -difference(values))];
    expect(there?.value).toBe(-(back?.value ?? 0));
    expect(there?.p).toBe(back?.p);
    expect(there?.low).toBeCloseTo(-(back?.high ?? 0), 6);
  });

  it('has no interval of what does not exist, and reports how far it is', () => {
    const shares: number[] = [];
    const joint = jointBootstrap(5, 1, (_weights, out) => out.fill(Number.NaN), {
      seed: 1,
      resamples: 100,
      onProgress: (share) => shares.push(share),
    });
    expect(joint.interval((values) => values[0] ?? 0)).toBeNull();
    expect(shares).toEqual([0, 0.5]);
  });
});

describe('false alarms', () => {
  const runs = 400;
  const tolerated = 0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs);
  const alarms = (p: (random: () => number) => number): number =>
    Array.from({ length: runs }, (_, seed) => p(mulberry32(1_000 + seed))).filter((one) => one <= 0.05).length / runs;

  it('are as rare as promised where nothing is behind a difference', () => {
    const rows = 80;
    const found = {
      delong: alarms((random) => {
        const labels = Array.from({ length: rows }, (_, row) => row % 2);
        const scores = (): number[] => labels.map((label) => 0.7 * label + normal(random));
        return compareAuc(labels, scores(), scores())?.p ?? 1;
      }),
      mcnemar: alarms((random) => {
        let [onlyA, onlyB] = [0, 0];
        for (let row = 0; row < rows; row++) {
          const [a, b] = [random() < 0.7, random() < 0.7];
          if (a && !b) onlyA++;
          if (b && !a) onlyB++;
        }
        return mcnemar(onlyA, onlyB);
      }),
      correctedT: alarms(
        (random) =>
          correctedT(
            Array.from({ length: 5 }, () => normal(random)),
            1 / 4,
          )?.p ?? 1,
      ),
      wilcoxon: alarms((random) => wilcoxonSignedRank(Array.from({ length: 9 }, () => normal(random))).p),
      pairedBootstrap: alarms((random) => {
        const truth = Array.from({ length: rows }, () => normal(random));
        const answers = (): number[] => truth.map((value) => value + normal(random));
        const [a, b] = [regressionFigures(truth, answers()), regressionFigures(truth, answers())];
        const joint = jointBootstrap(
          rows,
          10,
          (weights, out) => {
            a.write(weights, out, 0);
            b.write(weights, out, 5);
          },
          { seed: 7, resamples: 200 },
        );
        return joint.interval((values) => (values[5] ?? 0) - (values[0] ?? 0))?.p ?? 1;
      }),
    };
    for (const [test, share] of Object.entries(found)) expect([test, share, share <= tolerated]).toEqual([test, share, true]);
    // And they are no blind tests: a plain t over folds that overlap would cry out more often than one that is corrected.
    expect(found.correctedT).toBeLessThan(0.05);
    expect(found.delong).toBeGreaterThan(0.01);
  });
});

describe('curves', () => {
  it('of precision over recall equal scikit-learn', () => {
    const { truth, scores, precisionRecall } = golden.binary;
    const found = precisionRecallCurve(truth, scores, 1_000);
    const [recall, precision] = precisionRecall;
    const own = new Set(found?.x.map((x, i) => `${x.toFixed(9)} ${found.y[i]?.toFixed(9) ?? ''}`));
    // Theirs has the same points; one at recall 0 comes first in both.
    for (const [i, x] of recall.entries()) expect(own.has(`${x.toFixed(9)} ${precision[i]?.toFixed(9) ?? ''}`)).toBe(true);
    expect(precisionRecallCurve([0, 0], [0.1, 0.2])).toBeNull();
  });

  it('of lift end at 1 and are thinned with both ends kept', () => {
    const random = mulberry32(3);
    const labels = Array.from({ length: 1_000 }, () => (random() < 0.3 ? 1 : 0));
    const scores = labels.map((label) => label + random());
    const found = liftCurve(labels, scores, 50);
    expect(found?.x).toHaveLength(50);
    expect(found?.x.at(-1)).toBe(1);
    expect(found?.y.at(-1)).toBeCloseTo(1, 12);
    expect(found?.y[0]).toBeCloseTo(1_000 / labels.filter((label) => label === 1).length, 12);
  });

  it('of residuals count every value once, the greatest in the last bin', () => {
    const { edges, counts } = equalWidthHistogram([0, 0.5, 1, 2, 4], 0, 4, 4);
    expect(edges).toEqual([0, 1, 2, 3, 4]);
    expect(counts).toEqual([2, 1, 1, 1]);
    expect(equalWidthHistogram([2, 2], 2, 2, 3).counts).toEqual([2, 0, 0]);
  });
});

describe(spearman.name, () => {
  it('equals SciPy with ties, and does not exist where nothing varies', () => {
    const [a, b, expected] = golden.spearman;
    expect(spearman(a, b)).toBeCloseTo(expected, 12);
    expect(spearman([1, 1], [1, 2])).toBeNull();
  });
});
