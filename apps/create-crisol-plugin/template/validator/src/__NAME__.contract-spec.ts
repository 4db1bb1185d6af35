import { PluginManifest, type ModelFacts, type VersionFacts } from '@crisol/plugin-api';
import { columnTable, describeContract, validatorContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const tableCheck = (column: string, minimum: number) => ({ type: '__SNAKE___column_at_least', kwargs: { column, minimum } });
const modelCheck = (minimum: number) => ({ type: '__SNAKE___metric_at_least', kwargs: { metric: 'r2', minimum } });
const candidate: VersionFacts = {
  version: 2,
  inputs: [{ name: 'size', type: 'number', optional: false }],
  outputs: ['prediction'],
  labels: [],
  metrics: { r2: 0.8 },
  latency: null,
  sizeBytes: 1_000,
};
const facts: ModelFacts = {
  model: 'prices',
  task: 'regression',
  candidate,
  incumbent: { ...candidate, version: 1 },
  callers: [],
  test: null,
};

describeContract({ describe, it }, validatorContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    table: columnTable({ price: Array.from({ length: 30 }, (_, i) => i), size: Array.from({ length: 30 }, () => 1) }),
    emptyTable: columnTable({ price: [], size: [] }),
    passing: tableCheck('price', -1),
    failing: tableCheck('price', 10),
    unknownColumn: tableCheck('nowhere', 0),
    facts,
    passingModel: modelCheck(0.7),
    failingModel: modelCheck(0.9),
  }),
  capabilities: ['tables', 'columns', 'failing-rows', 'empty-table', 'models'],
});
