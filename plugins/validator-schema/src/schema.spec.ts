import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CheckFinding, ModelFacts, SignatureColumn, TableReader, Validator, VersionFacts } from '@crisol/plugin-api';
import { createPluginHarness, type PluginHarness } from '@crisol/plugin-testing';
import { DuckDbTables } from '../test/duckdb-table.js';
import plugin from './plugin.js';

let tables: DuckDbTables;
let orders: TableReader;
let harness: PluginHarness;
beforeAll(async () => {
  tables = await DuckDbTables.start();
  orders = await tables.table(
    `SELECT * FROM (VALUES (1, 2.5::DOUBLE, 'ES', DATE '2026-01-01'), (2, 'nan'::DOUBLE, NULL, DATE '2026-01-02'), (3, NULL, 'PT', NULL)) t(id, amount, country, day)`,
  );
  harness = createPluginHarness(plugin);
  harness.fakes.datasets.tables.set('orders', {
    rows: 1,
    columns: [
      { name: 'id', type: 'integer', values: Float64Array.of(1) },
      { name: 'amount', type: 'number', values: Float64Array.of(1) },
      { name: 'country', type: 'text', codes: Int32Array.of(0), levels: ['ES'] },
      { name: 'day', type: 'date', values: Float64Array.of(1) },
    ],
  });
});
afterAll(() => tables.stop());

const signal = new AbortController().signal;
function validator(): Validator {
  const found = harness.provided.validators?.[0];
  if (!found) throw new Error('no validator');
  return found;
}
async function judge(type: string, kwargs: Record<string, unknown>, table = orders): Promise<CheckFinding | undefined> {
  return (await validator().validate(table, [{ type, kwargs }], signal))[0];
}
const columns = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'amount', type: 'DOUBLE' },
  { name: 'country', type: 'text' },
  { name: 'day', type: 'date' },
];

describe('match_schema', () => {
  it('passes a table that is as written down, by our types or by the database', async () => {
    expect(await judge('match_schema', { columns, ordered: true, min_rows: 3, max_rows: 3 })).toMatchObject({
      outcome: 'passed',
      message: "The table's 4 columns and 3 rows match the schema.",
    });
  });

  it('names every fault: missing, of another type, not expected, out of order, too few rows', async () => {
    const found = await judge('match_schema', {
      columns: [{ name: 'amount', type: 'integer' }, { name: 'id' }, { name: 'shop' }, { name: 'note', required: false }],
      ordered: true,
      min_rows: 10,
    });
    expect(found).toMatchObject({ outcome: 'failed', unexpectedCount: 5, hasFailingRows: false });
    expect(found?.observed).toEqual([
      'amount is number (DOUBLE), not integer',
      'shop is missing',
      'country, day are not expected',
      'id stands where amount should',
      'it has 3 rows, fewer than 10',
    ]);
    expect(await judge('match_schema', { columns: [{ name: 'id' }], extra_columns: true })).toMatchObject({ outcome: 'passed' });
  });

  it('counts missing values where there may be none, NaN included, and names their rows', async () => {
    const check = { columns: columns.map((column) => ({ ...column, nullable: false })) };
    const found = await judge('match_schema', check);
    expect(found).toMatchObject({ outcome: 'failed', unexpectedCount: 2, hasFailingRows: true });
    expect(found?.message).toContain('amount has 2 missing values');
    expect(await validator().failingRows?.(orders, { type: 'match_schema', kwargs: check }, { offset: 0, limit: 10 }, signal)).toEqual([
      1, 2,
    ]);
  });

  it('never lets a name become SQL', async () => {
    const name = `x" OR 1=1 --`;
    const odd = await tables.table(`SELECT 1 AS "${name.replaceAll('"', '""')}"`);
    expect(await judge('match_schema', { columns: [{ name, nullable: false }] }, odd)).toMatchObject({ outcome: 'passed' });
  });
});

describe('match_dataset', () => {
  it('takes the columns and types of a data set', async () => {
    expect(await judge('match_dataset', { dataset: 'orders', version: 1, ordered: true })).toMatchObject({
      outcome: 'passed',
      message: expect.stringContaining('match orders v1'),
    });
    const narrow = await tables.table(`SELECT 1 AS id, 'ES' AS country`);
    expect(await judge('match_dataset', { dataset: 'orders' }, narrow)).toMatchObject({
      outcome: 'failed',
      message: 'The table does not match orders: amount is missing; day is missing.',
    });
    expect(await judge('match_dataset', { dataset: 'orders', ignore_columns: ['amount', 'day'] }, narrow)).toMatchObject({
      outcome: 'passed',
    });
  });

  it('is errored for a data set that does not exist, and the next check still runs', async () => {
    const findings = await validator().validate(
      orders,
      [
        { type: 'match_dataset', kwargs: { dataset: 'nowhere' } },
        { type: 'match_schema', kwargs: { columns } },
      ],
      signal,
    );
    expect(findings.map(({ outcome }) => outcome)).toEqual(['errored', 'passed']);
  });
});

describe('same_inputs_as', () => {
  const input = (name: string, type: SignatureColumn['type'] = 'number', optional = false): SignatureColumn => ({ name, type, optional });
  const aVersion = (version: number, inputs: readonly SignatureColumn[]): VersionFacts => ({
    version,
    inputs,
    outputs: [],
    labels: [],
    metrics: {},
    latency: null,
    sizeBytes: 1,
  });
  const about = (own: readonly SignatureColumn[], former: readonly SignatureColumn[] | null): ModelFacts => ({
    model: 'm',
    task: 'regression',
    candidate: aVersion(2, own),
    incumbent: former && aVersion(1, former),
    callers: [],
    test: null,
  });
  const ask = async (facts: ModelFacts, kwargs = {}): Promise<CheckFinding | undefined> =>
    (await validator().judgeModel?.(facts, [{ type: 'same_inputs_as', kwargs }], signal))?.[0];

  it('asks for the very same inputs', async () => {
    const former = [input('a'), input('b', 'text', true)];
    expect(await ask(about([...former].reverse(), former))).toMatchObject({ outcome: 'passed' });
    expect(await ask(about([...former].reverse(), former), { ordered: true })).toMatchObject({ outcome: 'failed' });
    expect(await ask(about([input('a', 'integer'), input('b', 'text'), input('c')], [...former, input('d')]))).toMatchObject({
      outcome: 'failed',
      observed: ['d is gone', 'a was number and is integer', 'b may no longer be left out', 'c is new'],
    });
    expect(await ask(about(former, null))).toMatchObject({ outcome: 'passed' });
  });
});
