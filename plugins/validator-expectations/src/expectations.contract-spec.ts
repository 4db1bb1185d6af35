import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { PluginManifest, type TableReader } from '@crisol/plugin-api';
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

describeContract({ describe, it }, validatorContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    table,
    emptyTable,
    passing: { type: 'expect_column_values_to_be_unique', kwargs: { column: 'id' } },
    failing: { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'name' } },
    unknownColumn: { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'nope' } },
  }),
  capabilities: ['tables', 'columns', 'failing-rows', 'empty-table'],
});
