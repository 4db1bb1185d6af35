import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { PluginManifest, type ModelFacts, type TableReader } from '@crisol/plugin-api';
import { describeContract, validatorContract } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { DuckDbTables } from '../test/duckdb-table.js';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// One DuckDB for each table: the kit asks both at the same time, and each answers for its own `data`.
let databases: DuckDbTables[];
let table: TableReader;
let emptyTable: TableReader;
beforeAll(async () => {
  const [full, none] = await Promise.all([DuckDbTables.start(), DuckDbTables.start()]);
  databases = [full, none];
  table = await full.table(`SELECT i AS id, CASE WHEN i % 4 = 0 THEN NULL ELSE 'v' || i END AS name FROM range(40) t(i)`);
  emptyTable = await none.table(`SELECT i AS id, 'v' AS name FROM range(0) t(i)`);
});
afterAll(() => Promise.all(databases.map((database) => database.stop())));

const id = { name: 'id', type: 'integer' as const, optional: false };
const name = { name: 'name', type: 'text' as const, optional: true };
const version = { version: 1, outputs: ['prediction'], labels: [], metrics: {}, latency: null, sizeBytes: 1 };
const facts: ModelFacts = {
  model: 'orders',
  task: 'regression',
  candidate: { ...version, version: 2, inputs: [id, name] },
  incumbent: { ...version, inputs: [name, id] },
  callers: [],
  test: null,
};

describeContract({ describe, it }, validatorContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    table,
    emptyTable,
    passing: { type: 'match_schema', kwargs: { columns: [{ name: 'id', nullable: false }, { name: 'name' }] } },
    failing: { type: 'match_schema', kwargs: { columns: [{ name: 'id' }, { name: 'name', nullable: false }] } },
    facts,
    passingModel: { type: 'same_inputs_as', kwargs: {} },
    failingModel: { type: 'same_inputs_as', kwargs: { ordered: true } },
  }),
  capabilities: ['tables', 'failing-rows', 'empty-table', 'models'],
});
