import { aTrainingInput, createPluginHarness, silentReport } from '@crisol/plugin-testing';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

describe('__NAME__', () => {
  it('leaves the extremes out of the mean', async () => {
    const modelType = createPluginHarness(plugin).provided.modelTypes?.[0];
    assert.ok(modelType);
    const input = aTrainingInput('regression', modelType.params.parse({ trim: 0.25 }), 4);
    const target = { name: 'target', type: 'number' as const, values: Float64Array.of(1_000, 2, 4, -1_000) };

    const model = await modelType.train({ ...input, target }, silentReport, new AbortController().signal);

    assert.deepEqual([...(model.predict?.(input.table) ?? [])], [3, 3, 3, 3]);
  });
});
