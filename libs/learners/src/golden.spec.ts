import { describe, expect, it } from '@jest/globals';
import type { Frame } from '@crisol/frame';
import { fitLogistic } from './linear/logistic.js';
import { planDesign, layOut } from './linear/design.js';
import { predictLinear, trainLinear } from './linear/linear-model.js';
import { encodeFeatures, planFeatures } from './features/feature-plan.js';
import { seededRandom } from './random.js';
import { trainBoosting, type BoostingOptions } from './trees/gradient-boosting.js';
import { trainForest } from './trees/random-forest.js';
import { predictEnsemble } from './trees/tree.js';
import { UnusableDataError, type TrainingData } from './training.js';

// Set H: 200 × (a, b, c, d, e) from mulberry32 seed 71; x = a, b (missing if e < .1), ⌊6c⌋, d. Expected values come from
// scikit-learn's HistGradientBoosting (λ = 1, 8 leaves, 5 rows a leaf, 20 rounds) and LogisticRegression
// (C = 1, newton-cholesky run to 1e-14: L-BFGS at its default tolerance stops 5e-4 away).
const rows = 200;
const random = seededRandom(71);
const draws = Array.from({ length: rows }, () => [random(), random(), random(), random(), random()] as const);
const x3 = draws.map(([, , c]) => Math.floor(6 * c));
const y = draws.map(([a, b, , d], row) => 2 * a + Math.sin(6 * b) + (x3[row] === 1 || x3[row] === 4 ? 1.5 : 0) + 0.3 * (d - 0.5));

function setH(missing = Number.NaN, categorical = false): Frame {
  return {
    rows,
    columns: [
      { name: 'a', type: 'number', values: Float64Array.from(draws, ([a]) => a) },
      { name: 'b', type: 'number', values: Float64Array.from(draws, ([, b, , , e]) => (e < 0.1 ? missing : b)) },
      categorical
        ? { name: 'c', type: 'text', codes: Int32Array.from(x3), levels: ['0', '1', '2', '3', '4', '5'] }
        : { name: 'c', type: 'integer', values: Float64Array.from(x3) },
      { name: 'd', type: 'number', values: Float64Array.from(draws, ([, , , d]) => d) },
    ],
  };
}
function dataOf(task: 'regression' | 'binary', table: Frame): TrainingData {
  return { task, table, target: Float64Array.from(y, (value) => (task === 'binary' ? Number(value > 2) : value)), classCount: 2, seed: 1 };
}
const silent = { progress: () => undefined, metric: () => undefined, log: () => undefined };
const { signal } = new AbortController();
const golden: BoostingOptions = {
  rounds: 20,
  learningRate: 0.1,
  maxLeaves: 8,
  maxDepth: 0,
  minLeafRows: 5,
  l1: 0,
  l2: 1,
  minGain: 0,
  rowShare: 1,
  columnShare: 1,
  earlyStopping: 'off',
  validationShare: 0.1,
  patience: 10,
  monotone: {},
};

describe(trainBoosting.name, () => {
  it('works on the golden set', () => {
    expect(y.reduce((sum, value) => sum + value, 0)).toBeCloseTo(290.2444968331, 9);
    expect(y.filter((value) => value > 2)).toHaveLength(68);
  });
  const cases = [
    ['regression', false, [2.304254971027, 2.486043608388, 1.121991555968]],
    ['binary', false, [0.8584926510169, 0.6376311112223, 0.2300783655583]],
    ['regression', true, [2.204878467155, 2.500103375878, 0.9923331148738]],
    ['binary', true, [0.8627693956531, 0.8510060913803, 0.08292101116538]],
  ] as const;
  it.each(cases)('equals scikit-learn for %s, categorical %s', async (task, categorical, expected) => {
    const table = setH(Number.NaN, categorical);
    const { ensemble } = await trainBoosting(dataOf(task, table), golden, silent, signal);
    const all = predictEnsemble(ensemble, table);
    const first = task === 'binary' ? [all[1], all[3], all[5]] : [all[0], all[1], all[2]];
    first.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? 0, 9));
  });
  it('stops early and cuts back to the best round', async () => {
    const losses: number[] = [];
    const report = {
      ...silent,
      metric: (name: string, _step: number, value: number) => void (name === 'validation_loss' && losses.push(value)),
    };
    const options: BoostingOptions = { ...golden, rounds: 500, learningRate: 0.5, earlyStopping: 'on', validationShare: 0.3 };
    const { ensemble, notes } = await trainBoosting(dataOf('binary', setH()), options, report, signal);
    expect(losses.length).toBeLessThan(500);
    expect(ensemble.trees).toHaveLength(1 + losses.indexOf(Math.min(...losses)));
    expect(notes[0]).toContain(`Stopped at round ${losses.length} of 500`);
  });
  it('keeps a monotone column monotone', async () => {
    const table = setH();
    const { ensemble } = await trainBoosting(
      dataOf('regression', table),
      { ...golden, rounds: 60, monotone: { d: -1, b: 1 } },
      silent,
      signal,
    );
    const grid = Float64Array.from({ length: 101 }, (_, i) => i / 100);
    for (const [name, sign] of [
      ['d', -1],
      ['b', 1],
    ] as const) {
      for (let row = 0; row < 20; row++) {
        const probe: Frame = {
          rows: 101,
          columns: table.columns.map((column) => {
            if (column.type === 'text') return column;
            return { ...column, values: column.name === name ? grid : new Float64Array(101).fill(column.values[row] ?? Number.NaN) };
          }),
        };
        const answers = predictEnsemble(ensemble, probe);
        for (let i = 1; i < 101; i++) expect(sign * ((answers[i] ?? 0) - (answers[i - 1] ?? 0))).toBeGreaterThanOrEqual(-1e-12);
      }
    }
  });
  it('gives other trees for another seed only where it samples', async () => {
    const train = async (seed: number, rowShare: number) =>
      (await trainBoosting({ ...dataOf('regression', setH()), seed }, { ...golden, rowShare }, silent, signal)).ensemble.trees;
    expect(await train(1, 1)).toEqual(await train(2, 1));
    expect(await train(1, 0.5)).toEqual(await train(1, 0.5));
    expect(await train(1, 0.5)).not.toEqual(await train(2, 0.5));
  });
  it('stops when asked', async () => {
    const controller = new AbortController();
    const report = { ...silent, metric: (_name: string, step: number) => void (step === 3 && controller.abort(new Error('enough'))) };
    await expect(trainBoosting(dataOf('regression', setH()), golden, report, controller.signal)).rejects.toThrow('enough');
  });
  it('refuses a target of one class and a column named as an output', async () => {
    const one = { ...dataOf('binary', setH()), target: new Float64Array(rows) };
    await expect(trainBoosting(one, golden, silent, signal)).rejects.toThrow(UnusableDataError);
    const [column] = setH().columns;
    const named = { rows, columns: column === undefined ? [] : [{ ...column, name: 'prediction' }] };
    await expect(trainBoosting(dataOf('regression', named), golden, silent, signal)).rejects.toThrow('"prediction"');
  });
});

describe(trainForest.name, () => {
  it('finds what there is to find and says so out of bag', async () => {
    const table = setH(Number.NaN, true);
    const errors: number[] = [];
    const report = { ...silent, metric: (_name: string, _step: number, value: number) => void errors.push(value) };
    const options = { trees: 100, maxDepth: 0, minLeafRows: 1, features: 'auto' as const, bootstrap: true };
    const { ensemble } = await trainForest(dataOf('regression', table), options, report, signal);
    const deviation = Math.sqrt(y.reduce((sum, value) => sum + (value - 1.451) ** 2, 0) / rows);
    expect(errors.at(-1)).toBeLessThan(deviation / 2);
    const fit = predictEnsemble(ensemble, table);
    expect(Math.sqrt(y.reduce((sum, value, row) => sum + (value - (fit[row] ?? 0)) ** 2, 0) / rows)).toBeLessThan(errors.at(-1) ?? 0);
  });
  it('fits distinct rows exactly without bootstrap', async () => {
    const data = dataOf('regression', setH());
    const options = { trees: 1, maxDepth: 0, minLeafRows: 1, features: 'all' as const, bootstrap: false };
    const { ensemble } = await trainForest(data, options, silent, signal);
    predictEnsemble(ensemble, data.table).forEach((value, row) => expect(value).toBeCloseTo(y[row] ?? 0, 12));
  });
});

describe(fitLogistic.name, () => {
  it('equals scikit-learn on the golden set', async () => {
    const table = setH(0.5);
    const plan = planFeatures(table);
    const columns = encodeFeatures(plan, table);
    const design = layOut(planDesign(plan, columns, false), columns, rows);
    const { target } = dataOf('binary', table);
    const options = { inverseRegularisation: 1, maxIterations: 500, tolerance: 1e-10 };
    const fit = await fitLogistic(design, target, 2, options, () => Promise.resolve());
    const expected = [1.9288177, -2.41287254, -0.04223981, 0.71826543];
    expected.forEach((value, index) => expect(Math.abs((fit.weights[0]?.[index] ?? 0) - value)).toBeLessThan(1e-6));
    expect(Math.abs((fit.intercepts[0] ?? 0) + 0.76453784)).toBeLessThan(1e-6);
  });
});

describe(trainLinear.name, () => {
  const options = { alpha: 0, inverseRegularisation: 1, maxIterations: 500, tolerance: 1e-6, standardise: true };
  const exact: Frame = {
    rows: 50,
    columns: [
      { name: 'u', type: 'number', values: Float64Array.from({ length: 50 }, (_, i) => i % 7) },
      { name: 'twice', type: 'number', values: Float64Array.from({ length: 50 }, (_, i) => 2 * (i % 7)) },
      { name: 't', type: 'text', codes: Int32Array.from({ length: 50 }, (_, i) => i % 3), levels: ['p', 'q', 'r'] },
    ],
  };
  const target = Float64Array.from({ length: 50 }, (_, i) => 4 + 3 * (i % 7) + (i % 3));
  it('recovers an exact law, dependent columns and all, and says so', async () => {
    const { model, notes } = await trainLinear(
      { task: 'regression', table: exact, target, classCount: 0, seed: 1 },
      options,
      silent,
      signal,
    );
    predictLinear(model, exact).forEach((value, row) => expect(value).toBeCloseTo(target[row] ?? 0, 8));
    expect(notes[0]).toContain('combinations of others');
    const [u, twice] = model.weights[0] ?? [];
    expect(u).toBeCloseTo(twice ?? 0, 8);
  });
  it('separates classes by softmax', async () => {
    const classes = Float64Array.from({ length: 50 }, (_, i) => i % 3);
    const { model } = await trainLinear(
      { task: 'multiclass', table: exact, target: classes, classCount: 3, seed: 1 },
      options,
      silent,
      signal,
    );
    const p = predictLinear(model, exact);
    classes.forEach((label, row) => expect(p[row * 3 + label]).toBeGreaterThan(0.6));
  });
});
