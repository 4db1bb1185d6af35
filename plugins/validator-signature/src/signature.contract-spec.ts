import { describe, it } from '@jest/globals';
import { PluginManifest, type VersionFacts } from '@crisol/plugin-api';
import { describeContract, validatorContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const aVersion = (version: number, names: readonly string[]): VersionFacts => ({
  version,
  inputs: names.map((name) => ({ name, type: 'number', optional: false })),
  outputs: ['prediction'],
  labels: [],
  metrics: {},
  latency: null,
  sizeBytes: 1_000,
});
const callers = ['shop', 'batch'].map((caller) => ({
  caller,
  columns: [{ name: 'amount', type: 'number' as const }],
  requests: 10,
  lastSeen: 0,
}));

describeContract({ describe, it }, validatorContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    facts: {
      model: 'churn',
      task: 'regression' as const,
      candidate: aVersion(2, ['amount', 'age']),
      incumbent: aVersion(1, ['amount']),
      callers,
      test: null,
    },
    passingModel: { type: 'signature_kept', kwargs: { inputs: false } },
    failingModel: { type: 'callers_compatible', kwargs: {} },
    sliced: { type: 'callers_compatible', kwargs: {} },
  }),
  capabilities: ['models', 'slices'],
});
