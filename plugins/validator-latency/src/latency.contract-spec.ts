import { describe, it } from '@jest/globals';
import { PluginManifest, type VersionFacts } from '@crisol/plugin-api';
import { describeContract, validatorContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const aVersion = (version: number, p99Ms: number): VersionFacts => ({
  version,
  inputs: [],
  outputs: ['prediction'],
  labels: [],
  metrics: {},
  latency: { rows: 1, p50Ms: p99Ms / 2, p99Ms },
  sizeBytes: 1_000,
});

describeContract({ describe, it }, validatorContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    facts: { model: 'churn', task: 'regression' as const, candidate: aVersion(2, 4), incumbent: aVersion(1, 2), callers: [], test: null },
    passingModel: { type: 'latency_limit', kwargs: { p99_ms: 5 } },
    failingModel: { type: 'latency_change', kwargs: { max_factor: 1.2 } },
  }),
  capabilities: ['models'],
});
