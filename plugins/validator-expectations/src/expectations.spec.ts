import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CheckFinding, TableReader } from '@crisol/plugin-api';
import { DuckDbTables } from '../test/duckdb-table.js';
import { expectationsValidator } from './expectations.validator.js';

let tables: DuckDbTables;
let letters: TableReader;
let numbers: TableReader;
let pairs: TableReader;
let empty: TableReader;
beforeAll(async () => {
  tables = await DuckDbTables.start();
  // The eight rows of the worked example: three of six values that are there are not in {A}.
  letters = await tables.table(`SELECT * FROM (VALUES ('A'), ('C'), (NULL), ('A'), ('C'), (NULL), ('D'), ('A')) t(c)`);
  numbers = await tables.table(
    `SELECT x::DOUBLE AS x, n::BIGINT AS n, d::DATE AS d FROM (VALUES (2::DOUBLE, 1, '2024-01-01'), (4, 2, '2024-02-01'), (4, 3, NULL), ('nan'::DOUBLE, 4, '2024-04-01'), (5, 5, '2024-05-01'), (9, 6, '2024-06-01')) t(x, n, d)`,
  );
  pairs = await tables.table(`SELECT * FROM (VALUES (3, 2, 'x'), (2, 2, 'x'), (1, 2, 'y'), (NULL, NULL, 'y'), (NULL, 1, 'z')) t(a, b, k)`);
  empty = await tables.table('SELECT NULL::DOUBLE AS x, NULL::VARCHAR AS t FROM range(3)');
});
afterAll(() => tables.stop());

const signal = new AbortController().signal;
async function judge(table: TableReader, type: string, kwargs: Record<string, unknown>): Promise<CheckFinding> {
  const [finding] = await expectationsValidator.validate(table, [{ type, kwargs }], signal);
  if (!finding) throw new Error('no finding');
  return finding;
}
const outcome = async (table: TableReader, type: string, kwargs: Record<string, unknown>) => (await judge(table, type, kwargs)).outcome;
const rows = (table: TableReader, type: string, kwargs: Record<string, unknown>, page = { offset: 0, limit: 100 }) =>
  expectationsValidator.failingRows?.(table, { type, kwargs }, page, signal);

describe('checks of values', () => {
  it('leaves nulls out, counts what is unexpected, and names the rows', async () => {
    const check = { column: 'c', value_set: ['A'] };
    expect(await judge(letters, 'expect_column_values_to_be_in_set', check)).toMatchObject({
      outcome: 'failed',
      elementCount: 8,
      missingCount: 2,
      unexpectedCount: 3,
      unexpectedValues: [
        { value: 'C', count: 2 },
        { value: 'D', count: 1 },
      ],
      hasFailingRows: true,
    });
    expect(await rows(letters, 'expect_column_values_to_be_in_set', check)).toEqual([1, 4, 6]);
    expect(await rows(letters, 'expect_column_values_to_be_in_set', check, { offset: 1, limit: 1 })).toEqual([4]);
  });

  it('passes when the share that holds is at least mostly, over the values that are there', async () => {
    expect(await outcome(letters, 'expect_column_values_to_be_in_set', { column: 'c', value_set: ['A'], mostly: 0.5 })).toBe('passed');
    expect(await outcome(letters, 'expect_column_values_to_be_in_set', { column: 'c', value_set: ['A'], mostly: 0.51 })).toBe('failed');
  });

  it('passes every value check when nothing is there', async () => {
    expect(await outcome(empty, 'expect_column_values_to_be_between', { column: 'x', min_value: 1 })).toBe('passed');
    expect(await outcome(empty, 'expect_column_values_to_be_unique', { column: 't' })).toBe('passed');
    expect(await outcome(empty, 'expect_column_values_to_match_regex', { column: 't', regex: 'a' })).toBe('passed');
  });

  it('takes NaN for missing', async () => {
    expect(await judge(numbers, 'expect_column_values_to_not_be_null', { column: 'x' })).toMatchObject({
      outcome: 'failed',
      unexpectedCount: 1,
    });
    expect(await judge(numbers, 'expect_column_values_to_be_between', { column: 'x', max_value: 9 })).toMatchObject({
      outcome: 'passed',
      missingCount: 1,
    });
  });

  it('counts bounds in unless they are strict, and compares dates as dates', async () => {
    expect(await outcome(numbers, 'expect_column_values_to_be_between', { column: 'n', min_value: 1, max_value: 6 })).toBe('passed');
    expect(
      await rows(numbers, 'expect_column_values_to_be_between', { column: 'n', min_value: 1, max_value: 6, strict_min: true }),
    ).toEqual([0]);
    expect(await rows(numbers, 'expect_column_values_to_be_between', { column: 'd', min_value: '2024-02-01' })).toEqual([0]);
  });

  it('takes every copy of a repeated value for unexpected', async () => {
    expect(await rows(numbers, 'expect_column_values_to_be_unique', { column: 'x' })).toEqual([1, 2]);
  });

  it('finds a pattern anywhere, and all or any of several', async () => {
    expect(await rows(letters, 'expect_column_values_to_match_regex', { column: 'c', regex: '^[AC]$' })).toEqual([6]);
    expect(await rows(letters, 'expect_column_values_to_not_match_regex', { column: 'c', regex: 'D' })).toEqual([6]);
    expect(
      await rows(letters, 'expect_column_values_to_match_regex_list', { column: 'c', regex_list: ['A', 'C'], match_on: 'any' }),
    ).toEqual([6]);
    expect(
      await outcome(letters, 'expect_column_values_to_match_regex_list', { column: 'c', regex_list: ['A', 'C'], match_on: 'all' }),
    ).toBe('failed');
    expect(await rows(letters, 'expect_column_values_to_not_match_like_pattern', { column: 'c', like_pattern: 'D%' })).toEqual([6]);
  });

  it('measures lengths and outliers', async () => {
    expect(await outcome(letters, 'expect_column_value_lengths_to_equal', { column: 'c', value: 1 })).toBe('passed');
    expect(await outcome(letters, 'expect_column_value_lengths_to_be_between', { column: 'c', min_value: 2 })).toBe('failed');
    // Mean 4.8, deviation 2.588: 9 is 1.62 deviations away.
    expect(await rows(numbers, 'expect_column_value_z_scores_to_be_less_than', { column: 'x', threshold: 1.6 })).toEqual([5]);
    expect(await outcome(numbers, 'expect_column_value_z_scores_to_be_less_than', { column: 'x', threshold: 1.63 })).toBe('passed');
  });
});

describe('checks of aggregates', () => {
  it.each([
    ['max', 9],
    ['min', 2],
    ['mean', 4.8],
    ['median', 4],
    ['sum', 24],
    // Over n − 1.
    ['stdev', Math.sqrt(26.8 / 4)],
    ['unique_value_count', 4],
    ['proportion_of_unique_values', 0.8],
    ['proportion_of_non_null_values', 5 / 6],
  ])('observes the %s and takes its bounds in', async (name, value) => {
    const finding = await judge(numbers, `expect_column_${name}_to_be_between`, {
      column: 'x',
      min_value: value - 1e-9,
      max_value: value + 1e-9,
    });
    expect(finding.outcome).toBe('passed');
    expect(Number(finding.observed)).toBeCloseTo(value, 9);
    expect(await outcome(numbers, `expect_column_${name}_to_be_between`, { column: 'x', min_value: value + 0.1 })).toBe('failed');
  });

  it('fails without values, even without bounds', async () => {
    expect(await judge(empty, 'expect_column_mean_to_be_between', { column: 'x' })).toMatchObject({ outcome: 'failed', observed: null });
  });

  it('compares the latest date with a date', async () => {
    expect(
      await outcome(numbers, 'expect_column_max_to_be_between', { column: 'd', min_value: '2024-06-01', max_value: '2024-06-30' }),
    ).toBe('passed');
    expect(await outcome(numbers, 'expect_column_max_to_be_between', { column: 'd', max_value: '2024-05-31' })).toBe('failed');
  });

  it('takes the nearest value for a quantile, an absent bound for infinite, and 1e-4 beside a bound for fine', async () => {
    const ask = (quantiles: number[], value_ranges: unknown[]) =>
      judge(numbers, 'expect_column_quantile_values_to_be_between', { column: 'x', quantile_ranges: { quantiles, value_ranges } });
    expect(
      await ask(
        [0, 0.5, 1],
        [
          [2, 2],
          [4, 4],
          [null, 9],
        ],
      ),
    ).toMatchObject({ outcome: 'passed', observed: { values: [2, 4, 9] } });
    expect((await ask([1], [[9.0008, null]])).outcome).toBe('passed');
    expect((await ask([1], [[9.002, null]])).outcome).toBe('failed');
  });
});

describe('checks of sets and shapes', () => {
  it('compares distinct values with a set both ways', async () => {
    const set = (kind: string, value_set: string[]) =>
      outcome(letters, `expect_column_distinct_values_to_${kind}_set`, { column: 'c', value_set });
    expect(await Promise.all([set('be_in', ['A', 'C', 'D', 'E']), set('contain', ['A', 'C']), set('equal', ['A', 'C', 'D'])])).toEqual([
      'passed',
      'passed',
      'passed',
    ]);
    expect(await Promise.all([set('be_in', ['A', 'C']), set('contain', ['A', 'E']), set('equal', ['A', 'C'])])).toEqual([
      'failed',
      'failed',
      'failed',
    ]);
  });

  it('asks for exactly one mode unless ties are fine', async () => {
    expect(await outcome(letters, 'expect_column_most_common_value_to_be_in_set', { column: 'c', value_set: ['A'] })).toBe('passed');
    expect(await outcome(pairs, 'expect_column_most_common_value_to_be_in_set', { column: 'k', value_set: ['x'] })).toBe('failed');
    expect(await outcome(pairs, 'expect_column_most_common_value_to_be_in_set', { column: 'k', value_set: ['x'], ties_okay: true })).toBe(
      'passed',
    );
  });

  it('knows a type by its names in pandas, SQL and here', async () => {
    for (const type_ of ['number', 'float64', 'DOUBLE'])
      expect(await outcome(numbers, 'expect_column_values_to_be_of_type', { column: 'x', type_ })).toBe('passed');
    expect(await outcome(numbers, 'expect_column_values_to_be_of_type', { column: 'x', type_: 'int64' })).toBe('failed');
    expect(await outcome(numbers, 'expect_column_values_to_be_in_type_list', { column: 'd', type_list: ['object', 'date'] })).toBe(
      'passed',
    );
  });

  it('checks rows and columns of the table', async () => {
    expect(await outcome(numbers, 'expect_table_row_count_to_be_between', { min_value: 6, max_value: 6 })).toBe('passed');
    expect(await outcome(numbers, 'expect_table_row_count_to_equal', { value: 5 })).toBe('failed');
    expect(await outcome(numbers, 'expect_table_columns_to_match_ordered_list', { column_list: ['x', 'd', 'n'] })).toBe('failed');
    expect(await outcome(numbers, 'expect_table_columns_to_match_set', { column_set: ['n', 'x'] })).toBe('passed');
    expect(await outcome(numbers, 'expect_table_columns_to_match_set', { column_set: ['n', 'x'], exact_match: true })).toBe('failed');
    expect(await outcome(numbers, 'expect_column_to_exist', { column: 'x', column_index: 0 })).toBe('passed');
    expect(await outcome(numbers, 'expect_column_to_exist', { column: 'n', column_index: 0 })).toBe('failed');
  });
});

describe('checks of several columns', () => {
  it('leaves rows out by the rule that was chosen', async () => {
    const greater = (extra: Record<string, unknown>) =>
      rows(pairs, 'expect_column_pair_values_a_to_be_greater_than_b', { column_A: 'a', column_B: 'b', ...extra });
    expect(await greater({})).toEqual([1, 2, 4]);
    expect(await greater({ or_equal: true })).toEqual([2, 4]);
    expect(await greater({ ignore_row_if: 'either_value_is_missing' })).toEqual([1, 2]);
    expect(await greater({ ignore_row_if: 'neither' })).toEqual([1, 2, 3, 4]);
    expect(await rows(pairs, 'expect_column_pair_values_to_be_equal', { column_A: 'a', column_B: 'b' })).toEqual([0, 2, 4]);
    expect(
      await rows(pairs, 'expect_column_pair_values_to_be_in_set', {
        column_A: 'a',
        column_B: 'b',
        value_pairs_set: [
          [3, 2],
          [null, 1],
        ],
      }),
    ).toEqual([1, 2]);
  });

  it('finds repeated combinations, repeats in a row, and wrong sums', async () => {
    expect(await rows(pairs, 'expect_compound_columns_to_be_unique', { column_list: ['b', 'k'] })).toEqual([0, 1]);
    expect(await rows(pairs, 'expect_select_column_values_to_be_unique_within_record', { column_list: ['a', 'b'] })).toEqual([1]);
    expect(
      await rows(pairs, 'expect_multicolumn_sum_to_equal', {
        column_list: ['a', 'b'],
        sum_total: 5,
        ignore_row_if: 'any_value_is_missing',
      }),
    ).toEqual([1, 2]);
  });
});

describe('checks that cannot be run', () => {
  it('says which columns there are', async () => {
    expect(await judge(numbers, 'expect_column_values_to_not_be_null', { column: 'y' })).toMatchObject({
      outcome: 'errored',
      message: 'There is no column "y"; the table has "x", "n", "d".',
    });
  });

  it('says what does not fit, and goes on with the next check', async () => {
    const findings = await expectationsValidator.validate(
      numbers,
      [
        { type: 'expect_column_mean_to_be_between', kwargs: { column: 'd' } },
        { type: 'expect_column_values_to_match_regex', kwargs: { column: 'x', regex: '(' } },
        { type: 'expect_column_values_to_be_between', kwargs: { column: 'x', min_value: 'abc' } },
        { type: 'nope', kwargs: {} },
        { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'n' } },
      ],
      signal,
    );
    expect(findings.map((finding) => finding.outcome)).toEqual(['errored', 'errored', 'errored', 'errored', 'passed']);
  });

  it('stops when it is told to', async () => {
    await expect(
      expectationsValidator.validate(numbers, [{ type: 'expect_column_to_exist', kwargs: { column: 'x' } }], AbortSignal.abort()),
    ).rejects.toThrow();
  });

  it('never lets a name or a value become SQL', async () => {
    const name = `x" OR 1=1 --`;
    const odd = await tables.table(`SELECT 1 AS "${name.replaceAll('"', '""')}"`);
    expect(await outcome(odd, 'expect_column_values_to_not_be_null', { column: name })).toBe('passed');
    expect(await outcome(letters, 'expect_column_values_to_be_in_set', { column: 'c', value_set: [`A') OR ('1'='1`] })).toBe('failed');
  });
});
