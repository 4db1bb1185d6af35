import { describe, it } from '@jest/globals';
import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, modelTypeContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const file = readFileSync(new URL('../test/golden/sklearn-logistic-zipmap.onnx', import.meta.url));

describeContract({ describe, it }, modelTypeContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    brought: { files: { 'model.onnx': file }, expected: { task: 'multiclass' as const, labels: ['high', 'low', 'middle'] } },
  }),
  capabilities: ['bring'],
});
