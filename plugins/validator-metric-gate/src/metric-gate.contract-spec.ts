import { describe, it } from '@jest/globals';
import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, validatorContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { answerTable, someFacts } from '../test/answer-table.js';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const truth = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 'yes' : 'no'));
const wrongEvery = (n: number): string[] => truth.map((label, i) => (i % n === 0 ? (label === 'yes' ? 'no' : 'yes') : label));

describeContract({ describe, it }, validatorContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    facts: someFacts({ test: answerTable({ __target: truth, __prediction: wrongEvery(10), __incumbent_prediction: wrongEvery(4) }) }),
    passingModel: { type: 'metric_change', kwargs: { metric: 'balanced_accuracy', significance: false, resamples: 200 } },
    failingModel: { type: 'metric_threshold', kwargs: { metric: 'accuracy', min: 0.99 } },
  }),
  capabilities: ['models'],
});
