import { describe, expect, it } from '@jest/globals';
import type { Frame } from '@crisol/frame';
import { readFileSync } from 'node:fs';
import { seededRandom } from '../random.js';
import { leafOf } from '../trees/tree.js';
import { exportIsolation } from './isolation-graph.js';
import { predictIsolation, trainIsolationForest, type IsolationOptions } from './isolation-forest.js';
import { growIsolationTree } from './isolation-tree.js';
import { anomalyScore, averagePathLength } from './path-length.js';

interface Golden {
  readonly averagePathLength: Readonly<Record<string, number>>;
  readonly rows: readonly (readonly number[])[];
  readonly planted: readonly number[];
  readonly scores: readonly number[];
  readonly auc: number;
}
// From scikit-learn; make-unsupervised.py beside it says how.
const golden: Golden = JSON.parse(readFileSync(new URL('../../test/golden/isolation-forest.json', import.meta.url), 'utf8'));
const silent = { progress: () => undefined, metric: () => undefined, log: () => undefined };
const { signal } = new AbortController();
const options: IsolationOptions = { trees: 200, sampleRows: 256, maxDepth: 0 };

function tableOf(rows: readonly (readonly number[])[]): Frame {
  const width = rows[0]?.length ?? 0;
  return {
    rows: rows.length,
    columns: Array.from({ length: width }, (_, k) => ({
      name: `x${k}`,
      type: 'number' as const,
      values: Float64Array.from(rows, (row) => row[k] ?? Number.NaN),
    })),
  };
}

function ranks(values: ArrayLike<number>): number[] {
  const order = Array.from(values, (value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const out = new Array<number>(values.length).fill(0);
  order.forEach(({ index }, rank) => (out[index] = rank));
  return out;
}
function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranks(a), ranks(b)];
  const n = x.length;
  const squares = x.reduce((sum, rank, i) => sum + (rank - (y[i] ?? 0)) ** 2, 0);
  return 1 - (6 * squares) / (n * (n * n - 1));
}
function auc(scores: Float64Array, planted: readonly number[]): number {
  const rank = ranks(scores);
  const positives = planted.filter((one) => one === 1).length;
  const sum = rank.reduce((total, value, i) => total + (planted[i] === 1 ? value + 1 : 0), 0);
  return (sum - (positives * (positives + 1)) / 2) / (positives * (planted.length - positives));
}

describe(averagePathLength.name, () => {
  it('equals scikit-learn and is 0, 1 for one and two rows', () => {
    for (const [n, expected] of Object.entries(golden.averagePathLength)) expect(averagePathLength(Number(n))).toBeCloseTo(expected, 12);
  });
});

describe(anomalyScore.name, () => {
  it('is ½ for the average path, and near 1 for rows that are cut off at once', () => {
    expect(anomalyScore(averagePathLength(256), 256)).toBeCloseTo(0.5, 12);
    expect(anomalyScore(0, 256)).toBe(1);
  });
});

describe(growIsolationTree.name, () => {
  it('gives leaves their depth and what further splits would have added', () => {
    const table = tableOf([[0], [1], [10]]);
    const plan = { columns: [{ name: 'x0', type: 'number' as const }], features: [{ kind: 'number' as const, column: 'x0' }] };
    const columns = [Float32Array.of(0, 1, 10)];
    // The first draw picks the only feature, the second cuts at 5, the third is the side of missing values.
    const draws = [0, 0.5, 0, 0, 0.5, 0].values();
    const tree = growIsolationTree(plan, columns, Uint32Array.of(0, 1, 2), 2, () => draws.next().value ?? 0);
    expect(Array.from({ length: table.rows }, (_, row) => tree.values[leafOf(tree, columns, row)])).toEqual([2, 2, 1]);
    const shallow = growIsolationTree(plan, columns, Uint32Array.of(0, 1, 2), 1, () => 0.5);
    expect(shallow.values[leafOf(shallow, columns, 0)]).toBe(1 + averagePathLength(2));
  });
});

describe(trainIsolationForest.name, () => {
  it('finds the mean path lengths of three rows, which are known in closed form', async () => {
    const table = tableOf([[0], [1], [10]]);
    const { forest } = await trainIsolationForest({ table, seed: 1 }, { trees: 20_000, sampleRows: 3, maxDepth: 0 }, silent, signal);
    // A uniform cut falls into (0, 1) once in ten: E[h] = 0.1·1 + 0.9·2, then 2, then 0.1·2 + 0.9·1.
    const lengths = [...predictIsolation(forest, table)].map((score) => -Math.log2(score) * averagePathLength(3));
    [1.9, 2, 1.1].forEach((expected, row) => expect(lengths[row]).toBeCloseTo(expected, 1));
  });

  it('ranks as scikit-learn does and finds the planted rows as well', async () => {
    const table = tableOf(golden.rows);
    const { forest } = await trainIsolationForest({ table, seed: 3 }, { ...options, trees: 500 }, silent, signal);
    const scores = predictIsolation(forest, table);
    expect(spearman(scores, golden.scores)).toBeGreaterThan(0.98);
    expect(Math.abs(auc(scores, golden.planted) - golden.auc)).toBeLessThan(0.01);
    expect(Math.max(...scores.map((score, i) => Math.abs(score - (golden.scores[i] ?? 0))))).toBeLessThan(0.03);
  });

  it('gives the same bytes for one seed, others for another, and scores in [0, 1]', async () => {
    const table = tableOf(golden.rows);
    const train = async (seed: number) => (await trainIsolationForest({ table, seed }, { ...options, trees: 20 }, silent, signal)).forest;
    const [one, again, other] = [await train(1), await train(1), await train(2)];
    expect(exportIsolation(again)).toEqual(exportIsolation(one));
    expect(exportIsolation(other)).not.toEqual(exportIsolation(one));
    expect(predictIsolation(one, table).every((score) => score >= 0 && score <= 1)).toBe(true);
  });

  it('takes a rare text and a missing value as unusual', async () => {
    const random = seededRandom(4);
    const rows = 400;
    const table: Frame = {
      rows,
      columns: [
        { name: 'size', type: 'number', values: Float64Array.from({ length: rows }, (_, i) => (i === 7 ? Number.NaN : random())) },
        { name: 'kind', type: 'text', codes: Int32Array.from({ length: rows }, (_, i) => (i === 3 ? 2 : i % 2)), levels: ['a', 'b', 'c'] },
      ],
    };
    const { forest, importance } = await trainIsolationForest({ table, seed: 1 }, options, silent, signal);
    const order = ranks(predictIsolation(forest, table));
    expect(order[3]).toBeGreaterThan(0.95 * rows);
    expect(order[7]).toBeGreaterThan(0.9 * rows);
    expect(importance.map(({ column }) => column)).toEqual(['size', 'kind']);
    expect(importance.every(({ value }) => value > 0)).toBe(true);
  });

  it('stops when asked', async () => {
    const abort = new AbortController();
    const report = { ...silent, progress: () => abort.abort() };
    await expect(trainIsolationForest({ table: tableOf(golden.rows), seed: 1 }, options, report, abort.signal)).rejects.toThrow();
  });

  it('refuses a table that it cannot work on, saying why', async () => {
    const train = (table: Frame) => trainIsolationForest({ table, seed: 1 }, options, silent, signal);
    await expect(train(tableOf([[1]]))).rejects.toThrow('There are 1 rows; at least 2 are needed.');
    await expect(train(tableOf([[1], [1]]))).rejects.toThrow('No input column has two different values');
  });
});
