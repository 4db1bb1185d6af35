import { describe, expect, it } from '@jest/globals';
import type { Table, TrainingInput } from '@crisol/plugin-api';
import { z } from 'zod';
import { gradientBoosting } from './gradient-boosting.model-type.js';
import { GradientBoostingParams } from './gradient-boosting.params.js';
import plugin from './plugin.js';

const rows = 60;
const table: Table = {
  rows,
  columns: [
    { name: 'size', type: 'number', values: Float64Array.from({ length: rows }, (_, i) => (i % 9 === 8 ? Number.NaN : (i * 37) % 60)) },
    { name: 'kind', type: 'text', codes: Int32Array.from({ length: rows }, (_, i) => (i % 5) - 1), levels: ['a', 'b', 'c', 'd'] },
  ],
};
function inputFor(labels: readonly string[]): TrainingInput<GradientBoostingParams> {
  const codes = Int32Array.from({ length: rows }, (_, i) => ((i * 37) % 60 > 30 ? 1 : 0));
  return {
    task: 'binary',
    table,
    target: { name: 'y', type: 'text', codes, levels: ['no', 'yes'] },
    labels,
    params: GradientBoostingParams.parse({ rounds: 5 }),
    seed: 4,
    checkpoint: null,
  };
}
const { signal } = new AbortController();

describe(gradientBoosting.name, () => {
  it('is what the plugin brings', () => {
    const provided = plugin.setup({ settings: plugin.settings.parse({}) });
    expect(provided.modelTypes?.map(({ name, tasks }) => ({ name, tasks }))).toEqual([
      { name: 'gradient-boosting', tasks: ['regression', 'binary', 'multiclass'] },
    ]);
  });

  it('trains, reports its curve and gives one probability a class in the order of the labels', async () => {
    const metrics = new Set<string>();
    let lastRatio = 0;
    const report = {
      progress: (ratio: number) => void (lastRatio = ratio),
      metric: (name: string) => void metrics.add(name),
      log: () => undefined,
      saveCheckpoint: () => Promise.resolve(),
    };
    const model = await gradientBoosting().train(inputFor(['no', 'yes']), report, signal);
    expect(metrics).toContain('train_loss');
    expect(lastRatio).toBe(1);
    expect(model.importance.map(({ column }) => column)).toEqual(['size', 'kind']);
    const straight = model.predict?.(table) ?? new Float64Array(0);
    expect(straight).toHaveLength(2 * rows);
    const swapped = (await gradientBoosting().train(inputFor(['yes', 'no']), report, signal)).predict?.(table) ?? new Float64Array(0);
    const mean = (values: Float64Array, output: number) =>
      values.filter((_, i) => i % 2 === output).reduce((sum, value) => sum + value, 0) / rows;
    expect(mean(straight, 1)).toBeCloseTo(mean(swapped, 0), 1);
  });

  it('says unusable_data for a target outside the labels', async () => {
    const report = { progress: () => undefined, metric: () => undefined, log: () => undefined, saveCheckpoint: () => Promise.resolve() };
    await expect(gradientBoosting().train(inputFor(['no', 'maybe']), report, signal)).rejects.toMatchObject({ code: 'unusable_data' });
  });
});

describe('GradientBoostingParams', () => {
  it('has a default for every field, refuses unknown ones, and carries words in both languages', () => {
    expect(GradientBoostingParams.safeParse({}).success).toBe(true);
    expect(GradientBoostingParams.safeParse({ nonsense: 1 }).success).toBe(false);
    const { properties } = z.toJSONSchema(GradientBoostingParams, { io: 'input' });
    for (const field of Object.values(properties ?? {})) {
      expect(field).toMatchObject({
        title: expect.any(String),
        description: expect.any(String),
        'x-ui': { i18n: { es: { title: expect.any(String) } } },
      });
    }
  });
});
