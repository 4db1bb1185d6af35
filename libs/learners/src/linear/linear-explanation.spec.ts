import { describe, expect, it } from '@jest/globals';
import type { Frame } from '@crisol/frame';
import { seededRandom } from '../random.js';
import { explainLinear } from './linear-explanation.js';
import { exportLinear } from './linear-graph.js';
import { predictLinear, trainLinear } from './linear-model.js';

const rows = 200;
const random = seededRandom(12);
const table: Frame = {
  rows,
  columns: [
    { name: 'constant', type: 'number', values: new Float64Array(rows).fill(3) },
    { name: 'size', type: 'number', values: Float64Array.from({ length: rows }, () => Math.fround(10 * random())) },
    { name: 'day', type: 'date', values: Float64Array.from({ length: rows }, () => 20_000 + Math.floor(400 * random())) },
    { name: 'kind', type: 'text', codes: Int32Array.from({ length: rows }, () => Math.floor(4 * random()) - 1), levels: ['a', 'b', 'c'] },
  ],
};
const sizes = table.columns[1]?.type === 'number' ? table.columns[1].values : new Float64Array(0);
const options = { alpha: 0, inverseRegularisation: 1, maxIterations: 300, tolerance: 1e-6, standardise: true };
const silent = { progress: () => undefined, metric: () => undefined, log: () => undefined };
const { signal } = new AbortController();

async function explained(task: 'regression' | 'binary' | 'multiclass', target: Float64Array, standardise = true) {
  const classCount = { regression: 0, binary: 2, multiclass: 3 }[task];
  const { model } = await trainLinear({ task, table, target, classCount, seed: 1 }, { ...options, standardise }, silent, signal);
  const onnx = exportLinear(model, ['a', 'b', 'c'].slice(0, classCount));
  return { model, ...explainLinear(onnx, table) };
}
const sums = (contributions: Float64Array, baseline: number) =>
  Array.from({ length: rows }, (_, row) => contributions.subarray(4 * row, 4 * row + 4).reduce((sum, value) => sum + value, baseline));

describe(explainLinear.name, () => {
  it.each([true, false])('gives weight × (value − mean) of a line, standardised %s', async (standardise) => {
    const { baseline, contributions, unit } = await explained(
      'regression',
      sizes.map((size) => 5 - 2 * size),
      standardise,
    );
    const mean = sizes.reduce((sum, size) => sum + size, 0) / rows;
    expect(unit).toBe('prediction');
    expect(baseline).toBeCloseTo(5 - 2 * mean, 5);
    sizes.forEach((size, row) => {
      expect(contributions[4 * row]).toBe(0);
      expect(contributions[4 * row + 1]).toBeCloseTo(-2 * (size - mean), 5);
      expect(contributions[4 * row + 3]).toBeCloseTo(0, 5);
    });
  });

  it('adds up to the log-odds of the last label, for two classes and for several', async () => {
    for (const task of ['binary', 'multiclass'] as const) {
      const target = sizes.map((size, row) =>
        task === 'binary' ? Number(size + (row % 3) > 6) : Math.min(2, Math.floor((size + (row % 3)) / 4)),
      );
      const { model, baseline, contributions, unit } = await explained(task, target);
      const answers = predictLinear(model, table);
      const width = answers.length / rows;
      expect(unit).toBe('log_odds');
      sums(contributions, baseline).forEach((sum, row) => {
        const p = answers[row * width + width - 1] ?? Number.NaN;
        expect(sum).toBeCloseTo(Math.log(p / (1 - p)), 6);
      });
    }
  });

  it('gives a column that says nothing next to nothing, and refuses a graph that another wrote', async () => {
    const target = sizes.map((size) => Math.min(2, Math.floor(size / 4)));
    const { contributions } = await explained('multiclass', target);
    const weight = (column: number) => contributions.reduce((sum, value, at) => sum + (at % 4 === column ? Math.abs(value) : 0), 0) / rows;
    expect(weight(1)).toBeGreaterThan(5 * weight(3));
    expect(weight(0)).toBe(0);
    expect(() => explainLinear(new Uint8Array([8, 8, 58, 0]), table)).toThrow('was not trained by this model type');
  });
});
