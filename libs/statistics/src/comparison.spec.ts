import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { rocAuc } from './binary-metrics.js';
import { aucInterval, bootstrap, compareAuc, comparePairedShares, exactMcnemar, holm, mcnemar, midranks } from './comparison.js';
import { chiSquare1UpperTail, erfc, logGamma, normalQuantile, normalUpperTail, twoSidedP } from './distributions.js';
import { fisherExact, groupRates, parity, parityInterval } from './group-fairness.js';
import { mulberry32 } from './random.js';

interface Golden {
  readonly erfc: [number, number][];
  readonly lgamma: [number, number][];
  readonly quantile: [number, number][];
  readonly mcnemar: [number, number, number][];
  readonly mcnemarExact: [number, number, number][];
  readonly holm: [number[], number[]];
  readonly fisher: [number, number, number, number, number][];
  readonly fairness: Record<'dpd' | 'dpr' | 'eod' | 'eor' | 'epd', number>;
  readonly bca: [number, number];
}
const golden: Golden = JSON.parse(readFileSync(new URL('../test/golden/comparison.json', import.meta.url), 'utf8'));
const relative = (found: number, expected: number): number =>
  found === expected ? 0 : Math.abs(found - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);

/** Set M: three uniform numbers a row from seed 61. */
const random = mulberry32(61);
const rows = Array.from({ length: 200 }, () => {
  const [a, b, c] = [random(), random(), random()];
  return { a, b, mixed: a / 2 + b / 2, y: c < a ? 1 : 0 };
});
const y = rows.map((row) => row.y);
const a = rows.map((row) => row.a);
const mixed = rows.map((row) => row.mixed);
const decided = a.map((score) => (score >= 0.5 ? 1 : 0));

describe('distributions', () => {
  it('equal SciPy in the middle and in the tails', () => {
    for (const [x, expected] of golden.erfc) expect([x, relative(erfc(x), expected) < 2e-13]).toEqual([x, true]);
    for (const [x, expected] of golden.lgamma)
      expect([x, Math.abs(logGamma(x) - expected) < 1e-12 * Math.max(1, Math.abs(expected))]).toEqual([x, true]);
    for (const [p, expected] of golden.quantile)
      expect([p, Math.abs(normalQuantile(p) - expected) < 1e-12 * Math.max(1, Math.abs(expected))]).toEqual([p, true]);
  });

  it('agree with each other', () => {
    expect(normalUpperTail(1.96) * 2).toBeCloseTo(twoSidedP(-1.96), 15);
    expect(chiSquare1UpperTail(1.96 ** 2)).toBeCloseTo(twoSidedP(1.96), 14);
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-9, noNaN: true }), (p) => {
        expect(relative(1 - normalUpperTail(normalQuantile(p)), p)).toBeLessThan(1e-3);
        expect(normalUpperTail(-normalQuantile(p))).toBeCloseTo(p, 12);
      }),
    );
  });
});

describe(compareAuc.name, () => {
  it('equals the published figures on set M', () => {
    const found = compareAuc(y, a, mixed);
    expect(found?.aucA).toBeCloseTo(0.8265306122449, 12);
    expect(found?.aucB).toBeCloseTo(0.7178871548619, 12);
    expect(found?.z).toBeCloseTo(-3.424725997832, 10);
    expect(relative(found?.p ?? 1, 0.0006154197537747)).toBeLessThan(1e-9);
    expect(found?.high).toBeLessThan(0);
  });

  it('sees no difference between scores that rank alike, and none with one class', () => {
    expect(compareAuc(y, a, a.map(Math.exp))).toMatchObject({ difference: 0, p: 1, low: 0, high: 0 });
    expect(compareAuc([1, 1], [0.1, 0.2], [0.2, 0.1])).toBeNull();
    expect(aucInterval([0, 0], [1, 2])).toBeNull();
  });

  it('mirrors when the two are exchanged, and its AUC is that of Mann-Whitney', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 2,
          maxLength: 50,
        }),
        (cells) => {
          const [labels, one, two] = [0, 1, 2].map((k) => cells.map((cell) => cell[k] ?? 0));
          const found = compareAuc(labels ?? [], one ?? [], two ?? []);
          fc.pre(found !== null);
          const back = compareAuc(labels ?? [], two ?? [], one ?? []);
          expect(found?.p).toBeCloseTo(back?.p ?? 0, 12);
          expect(found?.difference).toBeCloseTo(-(back?.difference ?? 0), 12);
          expect(found?.aucA).toBeCloseTo(rocAuc(labels ?? [], one ?? []).value ?? 0, 12);
        },
      ),
    );
  });

  it('covers a known AUC about as often as it says', () => {
    let covered = 0;
    for (let seed = 0; seed < 300; seed++) {
      const next = mulberry32(seed);
      const labels = Array.from({ length: 120 }, () => (next() < 0.5 ? 1 : 0));
      // Uniform against the square root of a uniform: P(√v > u) = E √v = 2/3.
      const scores = labels.map((label) => (label === 1 ? Math.sqrt(next()) : next()));
      const interval = aucInterval(labels, scores);
      if (interval && interval.low <= 2 / 3 && interval.high >= 2 / 3) covered++;
    }
    expect(covered).toBeGreaterThan(0.91 * 300);
    expect(covered).toBeLessThan(0.985 * 300);
  });
});

describe('tests of shares', () => {
  it('equal statsmodels', () => {
    for (const [b, c, p] of golden.mcnemar) expect([b, c, relative(mcnemar(b, c), p) < 1e-9]).toEqual([b, c, true]);
    for (const [b, c, p] of golden.mcnemarExact) expect(relative(exactMcnemar(b, c), p)).toBeLessThan(1e-9);
    expect(mcnemar(37, 19)).toBeCloseTo(0.02310339380176, 12);
    expect(mcnemar(0, 0)).toBe(1);
    for (const [one, two, three, four, p] of golden.fisher)
      expect([one, relative(fisherExact(one, two, three, four), p) < 1e-9]).toEqual([one, true]);
  });

  it("give Newcombe's interval of a difference of paired shares", () => {
    // 36, 12, 2 and 0 of 50: by hand from Wilson's intervals of 48/50 and 38/50 and the correlation −24/√(48·2·38·12).
    const found = comparePairedShares({ both: 36, onlyA: 2, onlyB: 12, neither: 0 });
    expect(found?.difference).toBeCloseTo(0.2, 12);
    expect(found?.low).toBeCloseTo(0.0569, 4);
    expect(found?.high).toBeCloseTo(0.3404, 4);
  });

  it('adjust by Holm as statsmodels does', () => {
    const [raw, adjusted] = golden.holm;
    for (const [index, p] of holm(raw).entries()) expect(p).toBeCloseTo(adjusted[index] ?? 0, 14);
    expect(midranks([3, 1, 3])).toEqual(Float64Array.of(2.5, 1, 2.5));
  });
});

describe(bootstrap.name, () => {
  const meanOf = (weights: Int32Array): number => weights.reduce((sum, weight, row) => sum + weight * (a[row] ?? 0), 0) / 200;
  it('comes close to the BCa interval of SciPy, and repeats with its seed', () => {
    const found = bootstrap(200, meanOf, { seed: 5, resamples: 8000 });
    expect(found?.low).toBeCloseTo(golden.bca[0], 2);
    expect(found?.high).toBeCloseTo(golden.bca[1], 2);
    expect(bootstrap(200, meanOf, { seed: 7 })).toEqual(bootstrap(200, meanOf, { seed: 7 }));
    expect(bootstrap(200, meanOf, { seed: 7 })).not.toEqual(bootstrap(200, meanOf, { seed: 8 }));
  });

  it('falls back to percentiles where nothing varies, and to null where nothing exists', () => {
    expect(bootstrap(5, () => 0, { seed: 1 })).toEqual({ value: 0, low: 0, high: 0, p: 1 });
    expect(bootstrap(5, () => null, { seed: 1 })).toBeNull();
    expect(bootstrap(3000, (weights) => (weights.length === 3000 ? 1 : null), { seed: 1, resamples: 50 })).toMatchObject({
      low: 1,
      high: 1,
    });
  });
});

describe('gaps between groups', () => {
  const names = ['u', 'v', 'w'];
  const groups = rows.map((row) => (row.b < 0.3 ? 0 : row.b < 0.7 ? 1 : 2));
  const rates = groupRates(y, decided, groups, names);

  it('equal Fairlearn', () => {
    expect(parity('demographic_parity', rates).difference).toBeCloseTo(golden.fairness.dpd, 12);
    expect(parity('demographic_parity', rates).ratio).toBeCloseTo(golden.fairness.dpr, 12);
    expect(parity('equal_opportunity', rates).difference).toBeCloseTo(golden.fairness.epd, 12);
    expect(parity('equalized_odds', rates).difference).toBeCloseTo(golden.fairness.eod, 12);
    expect(parity('equalized_odds', rates).ratio).toBeCloseTo(golden.fairness.eor, 12);
  });

  it('leave a group without positives out instead of counting it as never found', () => {
    const found = groupRates([1, 0, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1], ['a', 'b']);
    expect(found[1]?.truePositiveRate).toEqual({ value: null, n: 0, low: null, high: null });
    expect(parity('equal_opportunity', found)).toEqual({ difference: null, ratio: null });
    expect(parity('demographic_parity', groupRates([0, 0], [0, 0], [0, 1], ['a', 'b']))).toEqual({ difference: 0, ratio: null });
  });

  it('say how large a gap chance alone makes', () => {
    const found = parityInterval('demographic_parity', { truth: y, decision: decided, groups, names }, { seed: 3, resamples: 400 });
    const { difference } = parity('demographic_parity', rates);
    expect(found.difference?.low).toBeLessThan(difference ?? 0);
    expect(found.difference?.high).toBeGreaterThan(difference ?? 0);
    // Groups are drawn at random here, so the gap is no more than chance allows.
    expect(found.chance).toBeGreaterThan(difference ?? 1);
    expect(parityInterval('demographic_parity', { truth: y, decision: decided, groups, names }, { seed: 3, resamples: 400 })).toEqual(
      found,
    );
  });
});
