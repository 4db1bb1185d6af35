import { describe, it } from '@jest/globals';
import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, validatorContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { answerTable, someFacts } from '../test/answer-table.js';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const rows = Array.from({ length: 200 }, (_, i) => ({ sex: i % 2 === 0 ? 'F' : 'M', yes: i % 2 === 0 ? i % 8 === 0 : i % 3 !== 0 }));
const failing = { type: 'group_parity', kwargs: { column: 'sex', max_difference: 0.1, resamples: 200 } };

describeContract({ describe, it }, validatorContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    facts: someFacts({
      test: answerTable({
        sex: rows.map(({ sex }) => sex),
        __target: rows.map((_, i) => (i % 5 === 0 ? 'yes' : 'no')),
        __prediction: rows.map(({ yes }) => (yes ? 'yes' : 'no')),
      }),
    }),
    passingModel: { type: 'group_performance', kwargs: { column: 'sex', metric: 'accuracy', min: 0.2 } },
    failingModel: failing,
    sliced: failing,
  }),
  capabilities: ['models', 'slices'],
});
