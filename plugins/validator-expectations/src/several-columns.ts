import type { TableReader } from '@crisol/plugin-api';
import { z } from 'zod';
import { NotAnswerable, type CheckDefinition } from './check-definition.js';
import { columnName, columnNames, mostly, scalar } from './kwargs.js';
import { rowCheck } from './row-check.js';
import { comparable, findColumn, isNumeric, numberOf, valueOf, type Parameters } from './sql.js';

const pairIgnore = z
  .enum(['both_values_are_missing', 'either_value_is_missing', 'neither'])
  .default('both_values_are_missing')
  .meta({ title: 'Leave a row out if' });
const listIgnore = z
  .enum(['all_values_are_missing', 'any_value_is_missing', 'never'])
  .default('all_values_are_missing')
  .meta({ title: 'Leave a row out if' });
const pair = { column_A: columnName, column_B: columnName, ignore_row_if: pairIgnore, mostly };
const list = { column_list: columnNames, ignore_row_if: listIgnore, mostly };

interface Pair {
  readonly column_A: string;
  readonly column_B: string;
  readonly ignore_row_if: z.infer<typeof pairIgnore>;
}

function ofPair(table: TableReader, kwargs: Pair) {
  const [a, b] = [findColumn(table, kwargs.column_A), findColumn(table, kwargs.column_B)];
  const alike = a.type === b.type || (isNumeric(a) && isNumeric(b));
  if (!alike) throw new NotAnswerable(`"${a.name}" is ${a.type} and "${b.name}" is ${b.type}; they cannot be compared.`);
  const [left, right] = [`(${valueOf(a)})`, `(${valueOf(b)})`];
  const evaluated = {
    both_values_are_missing: `NOT (${left} IS NULL AND ${right} IS NULL)`,
    either_value_is_missing: `${left} IS NOT NULL AND ${right} IS NOT NULL`,
    neither: 'TRUE',
  }[kwargs.ignore_row_if];
  const value = `coalesce(${left}::VARCHAR, 'null') || ', ' || coalesce(${right}::VARCHAR, 'null')`;
  return { a, b, left, right, evaluated, value, subject: `pairs of "${a.name}" and "${b.name}"` };
}

function ofList(
  table: TableReader,
  kwargs: { readonly column_list: readonly string[]; readonly ignore_row_if: z.infer<typeof listIgnore> },
) {
  const columns = kwargs.column_list.map((name) => findColumn(table, name));
  const values = columns.map((column) => `(${valueOf(column)})`);
  const evaluated = {
    all_values_are_missing: `NOT (${values.map((value) => `${value} IS NULL`).join(' AND ')})`,
    any_value_is_missing: values.map((value) => `${value} IS NOT NULL`).join(' AND '),
    never: 'TRUE',
  }[kwargs.ignore_row_if];
  const value = values.map((item) => `coalesce(${item}::VARCHAR, 'null')`).join(` || ', ' || `);
  return { columns, values, evaluated, value };
}

function pairMember(
  table: TableReader,
  kwargs: Pair & { readonly value_pairs_set: readonly (readonly [z.infer<typeof scalar> | null, z.infer<typeof scalar> | null])[] },
  parameters: Parameters,
): string {
  const { a, b, left, right } = ofPair(table, kwargs);
  const members = kwargs.value_pairs_set.map(([first, second]) => {
    const one = first === null ? `${left} IS NULL` : `${left} IS NOT DISTINCT FROM ${comparable(a, first, parameters)}`;
    const other = second === null ? `${right} IS NULL` : `${right} IS NOT DISTINCT FROM ${comparable(b, second, parameters)}`;
    return `(${one} AND ${other})`;
  });
  return members.length === 0 ? 'FALSE' : `(${members.join(' OR ')})`;
}

/** Checks of rows that look at more than one column. */
export const severalColumnChecks: readonly CheckDefinition[] = [
  rowCheck({
    type: 'expect_column_pair_values_to_be_equal',
    title: 'Pair equal',
    description: 'Two columns have the same value in every row.',
    kwargs: z.strictObject(pair),
    rule: (kwargs, table) => {
      const { left, right, ...rule } = ofPair(table, kwargs);
      return { ...rule, unexpected: `${left} IS DISTINCT FROM ${right}`, broken: 'are not equal' };
    },
  }),
  rowCheck({
    type: 'expect_column_pair_values_a_to_be_greater_than_b',
    title: 'Pair A above B',
    description: 'The first column is greater than the second in every row.',
    kwargs: z.strictObject({ ...pair, or_equal: z.boolean().default(false).meta({ title: 'Or equal' }) }),
    rule: (kwargs, table) => {
      const { left, right, ...rule } = ofPair(table, kwargs);
      return {
        ...rule,
        unexpected: `NOT coalesce(${left} ${kwargs.or_equal ? '>=' : '>'} ${right}, FALSE)`,
        broken: kwargs.or_equal ? 'have A below B' : 'have A not above B',
      };
    },
  }),
  rowCheck({
    type: 'expect_column_pair_values_to_be_in_set',
    title: 'Pair in a set',
    description: 'The two values of every row are one of the given pairs.',
    kwargs: z.strictObject({
      ...pair,
      value_pairs_set: z
        .array(z.tuple([scalar.nullable(), scalar.nullable()]))
        .max(1_000)
        .meta({ title: 'Pairs' }),
    }),
    rule: (kwargs, table, parameters) => {
      const { left: _left, right: _right, ...rule } = ofPair(table, kwargs);
      return { ...rule, unexpected: `NOT ${pairMember(table, kwargs, parameters)}`, broken: 'are not in the set' };
    },
  }),
  rowCheck({
    type: 'expect_compound_columns_to_be_unique',
    title: 'Unique together',
    description: 'No combination of the columns occurs twice.',
    kwargs: z.strictObject(list),
    rule: (kwargs, table) => {
      const { values, evaluated, value, columns } = ofList(table, kwargs);
      const row = `row(${values.join(', ')})`;
      return {
        value,
        evaluated,
        unexpected: `${row} IN (SELECT ${row} AS repeated FROM data WHERE ${evaluated} GROUP BY 1 HAVING count(*) > 1)`,
        subject: `combinations of ${columns.map(({ name }) => `"${name}"`).join(', ')}`,
        broken: 'occur more than once',
      };
    },
  }),
  rowCheck({
    type: 'expect_select_column_values_to_be_unique_within_record',
    title: 'Unique in a row',
    description: 'Within each row the columns have different values.',
    kwargs: z.strictObject(list),
    rule: (kwargs, table) => {
      const { values, evaluated, value, columns } = ofList(table, kwargs);
      const texts = values.map((item) => `${item}::VARCHAR`);
      return {
        value,
        evaluated,
        unexpected: `len(list_distinct([${texts.join(', ')}])) < len(list_filter([${texts.join(', ')}], lambda item: item IS NOT NULL))`,
        subject: `rows of ${columns.map(({ name }) => `"${name}"`).join(', ')}`,
        broken: 'repeat a value',
      };
    },
  }),
  rowCheck({
    type: 'expect_multicolumn_sum_to_equal',
    title: 'Sum of columns',
    description: 'In each row the columns add up to a number.',
    kwargs: z.strictObject({ ...list, sum_total: z.number().meta({ title: 'Sum' }) }),
    rule: (kwargs, table, parameters) => {
      const { evaluated, columns } = ofList(table, kwargs);
      const sum = columns.map((column) => `coalesce(${numberOf(column)}, 0)`).join(' + ');
      return {
        value: sum,
        evaluated,
        unexpected: `(${sum}) <> ${parameters.add(kwargs.sum_total)}::DOUBLE`,
        subject: `sums of ${columns.map(({ name }) => `"${name}"`).join(', ')}`,
        broken: `are not ${kwargs.sum_total}`,
      };
    },
  }),
];
