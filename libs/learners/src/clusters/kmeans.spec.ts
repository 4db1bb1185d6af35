import { describe, expect, it } from '@jest/globals';
import type { Frame } from '@crisol/frame';
import { readFileSync } from 'node:fs';
import { encodeFeatures, planFeatures } from '../features/feature-plan.js';
import { layOut, planDesign } from '../linear/design.js';
import { exportKMeans } from './kmeans-graph.js';
import { predictKMeans, trainKMeans, type KMeansOptions } from './kmeans.js';
import { refineCentres } from './lloyd.js';
import { Points } from './points.js';

interface Golden {
  readonly rows: readonly (readonly number[])[];
  readonly fromGivenCentres: readonly { readonly clusters: number; readonly inertia: number; readonly labels: readonly number[] }[];
  readonly bestOfTen: Readonly<Record<string, number>>;
}
// From scikit-learn; make-unsupervised.py beside it says how.
const golden: Golden = JSON.parse(readFileSync(new URL('../../test/golden/kmeans.json', import.meta.url), 'utf8'));
const silent = { progress: () => undefined, metric: () => undefined, log: () => undefined };
const { signal } = new AbortController();
const options: KMeansOptions = { clusters: 3, starts: 10, maxIterations: 300, tolerance: 0, standardise: false };
const ignore = () => Promise.resolve();

function tableOf(rows: readonly (readonly number[])[]): Frame {
  return {
    rows: rows.length,
    columns: [0, 1, 2].map((k) => ({
      name: `x${k}`,
      type: 'number' as const,
      values: Float64Array.from(rows, (row) => row[k] ?? Number.NaN),
    })),
  };
}
function pointsOf(table: Frame): Points {
  const plan = planFeatures(table);
  const columns = encodeFeatures(plan, table);
  return new Points(layOut(planDesign(plan, columns, false), columns, table.rows));
}

describe(refineCentres.name, () => {
  it.each(golden.fromGivenCentres.map((one) => [one.clusters, one] as const))(
    'comes from the same first centres to what scikit-learn comes to, for %i groups',
    async (clusters, expected) => {
      const points = pointsOf(tableOf(golden.rows));
      const first = golden.rows.slice(0, clusters).map((row) => Float64Array.from(row));
      const { inertia, labels, converged } = await refineCentres(points, first, 500, 0, ignore);
      expect(converged).toBe(true);
      expect(Math.abs(inertia / expected.inertia - 1)).toBeLessThan(1e-6);
      expect([...labels]).toEqual(expected.labels);
    },
  );

  it('gives a centre without rows the row that is farthest from its own', async () => {
    const points = pointsOf(
      tableOf([
        [0, 0, 0],
        [1, 1, 1],
        [9, 9, 9],
      ]),
    );
    const far = Float64Array.of(1e6, 1e6, 1e6);
    const { labels, inertia } = await refineCentres(points, [Float64Array.of(0, 0, 0), far], 10, 0, ignore);
    expect([...labels]).toEqual([0, 0, 1]);
    expect(inertia).toBeCloseTo(1.5, 12);
  });
});

describe(trainKMeans.name, () => {
  it.each(Object.entries(golden.bestOfTen))(
    'finds for %s groups an answer as good as the best of ten of scikit-learn',
    async (clusters, best) => {
      const { metrics } = await trainKMeans(
        { table: tableOf(golden.rows), seed: 1 },
        { ...options, clusters: Number(clusters) },
        silent,
        signal,
      );
      expect(metrics.inertia).toBeLessThanOrEqual(best * 1.01);
    },
  );

  it('gives memberships that add up to one and are 1 on a centre', async () => {
    const table: Frame = {
      rows: 6,
      columns: [
        { name: 'size', type: 'number', values: Float64Array.of(1, 1, 1, 9, 9, 9) },
        { name: 'kind', type: 'text', codes: Int32Array.of(0, 0, 0, 1, 1, 1), levels: ['a', 'b'] },
      ],
    };
    const { model, importance } = await trainKMeans({ table, seed: 1 }, { ...options, clusters: 2 }, silent, signal);
    const memberships = predictKMeans(model, table);
    for (let row = 0; row < 6; row++) {
      const [one, two] = [memberships[2 * row] ?? 0, memberships[2 * row + 1] ?? 0];
      expect(one + two).toBeCloseTo(1, 12);
      expect(Math.max(one, two)).toBeGreaterThan(1 - 1e-9);
    }
    expect(importance.every(({ value }) => value > 0)).toBe(true);
    const between = predictKMeans(model, {
      rows: 1,
      columns: [
        { name: 'size', type: 'number', values: Float64Array.of(3) },
        { name: 'kind', type: 'text', codes: Int32Array.of(0), levels: ['a', 'b'] },
      ],
    });
    // Squared distances 2² and 6² + 2: a text that differs counts 2.
    const expected = 1 / 4 / (1 / 4 + 1 / 38);
    expect(Math.max(...between)).toBeCloseTo(expected, 9);
  });

  it('gives the same bytes for one seed and takes columns of any scale alike when it standardises', async () => {
    const scaled = tableOf(golden.rows.map(([a = 0, b = 0, c = 0]) => [a * 1000, b, c / 1000]));
    const train = async (table: Frame, standardise: boolean) =>
      (await trainKMeans({ table, seed: 5 }, { ...options, clusters: 5, standardise }, silent, signal)).model;
    const labels = ['0', '1', '2', '3', '4'];
    expect(exportKMeans(await train(scaled, true), labels)).toEqual(exportKMeans(await train(scaled, true), labels));
    const [plain, other] = [
      predictKMeans(await train(tableOf(golden.rows), true), tableOf(golden.rows)),
      predictKMeans(await train(scaled, true), scaled),
    ];
    expect(Math.max(...plain.map((value, i) => Math.abs(value - (other[i] ?? 0))))).toBeLessThan(1e-4);
  });

  it('says so when there are fewer rows or fewer different rows than groups', async () => {
    const rows = [
      [0, 0, 0],
      [1, 1, 1],
      [1, 1, 1],
    ];
    const train = (clusters: number) => trainKMeans({ table: tableOf(rows), seed: 1 }, { ...options, clusters }, silent, signal);
    await expect(train(4)).rejects.toThrow('There are 3 rows; for 4 groups at least 4 are needed.');
    expect((await train(3)).notes.join(' ')).toContain('fewer different values');
  });

  it('stops when asked', async () => {
    const abort = new AbortController();
    const report = { ...silent, metric: () => abort.abort() };
    await expect(trainKMeans({ table: tableOf(golden.rows), seed: 1 }, options, report, abort.signal)).rejects.toThrow();
  });
});
