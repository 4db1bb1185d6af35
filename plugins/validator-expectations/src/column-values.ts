import type { TableReader } from '@crisol/plugin-api';
import { z } from 'zod';
import type { CheckDefinition } from './check-definition.js';
import { bounds, columnName, inWords, mostly, valueSet } from './kwargs.js';
import { rowCheck, type RowRule } from './row-check.js';
import { findColumn, isMember, numberOf, quoteName, valueOf, withinBounds, type Parameters } from './sql.js';

const base = { column: columnName, mostly };
const pattern = z.string().min(1).max(1_000);
const regex = pattern.meta({ title: 'Pattern', description: 'RE2 syntax, found anywhere in the value; anchor it with ^ and $' });
const likePattern = pattern.meta({ title: 'LIKE pattern', description: '% for any text, _ for one character' });
const patterns = z.array(pattern).min(1).max(100);
const matchOn = z.enum(['any', 'all']).default('any').meta({ title: 'Match' });

/** A rule over the values that are there: missing ones are left out. */
function overValues(
  table: TableReader,
  name: string,
  rule: (value: string) => { readonly unexpected: string; readonly broken: string },
): RowRule {
  const value = valueOf(findColumn(table, name));
  return { value, evaluated: `(${value}) IS NOT NULL`, subject: `values in "${name}"`, ...rule(value) };
}

const text = (value: string) => `(${value})::VARCHAR`;
const matches = (value: string, expression: string, parameters: Parameters) =>
  `regexp_matches(${text(value)}, ${parameters.add(expression)}::VARCHAR)`;
const isLike = (value: string, expression: string, parameters: Parameters) => `${text(value)} LIKE ${parameters.add(expression)}::VARCHAR`;
const combine = (parts: readonly string[], on: 'any' | 'all') => `(${parts.join(on === 'any' ? ' OR ' : ' AND ')})`;

const nullness: readonly CheckDefinition[] = [
  rowCheck({
    type: 'expect_column_values_to_not_be_null',
    title: 'Not null',
    description: 'No value of the column is missing. NaN counts as missing.',
    kwargs: z.strictObject(base),
    rule: ({ column }, table) => {
      const value = valueOf(findColumn(table, column));
      return { value, evaluated: 'TRUE', unexpected: `(${value}) IS NULL`, subject: `values in "${column}"`, broken: 'are null' };
    },
  }),
  rowCheck({
    type: 'expect_column_values_to_be_null',
    title: 'Null',
    description: 'Every value of the column is missing.',
    kwargs: z.strictObject(base),
    rule: ({ column }, table) => {
      const value = valueOf(findColumn(table, column));
      return { value, evaluated: 'TRUE', unexpected: `(${value}) IS NOT NULL`, subject: `values in "${column}"`, broken: 'are not null' };
    },
  }),
];

const membership: readonly CheckDefinition[] = [
  rowCheck({
    type: 'expect_column_values_to_be_in_set',
    title: 'In a set',
    description: 'Every value is one of the given ones.',
    kwargs: z.strictObject({ ...base, value_set: valueSet }),
    rule: ({ column, value_set }, table, parameters) =>
      overValues(table, column, (value) => ({
        unexpected: `NOT (${isMember(findColumn(table, column), value, value_set, parameters)})`,
        broken: `are not one of ${listed(value_set)}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_not_be_in_set',
    title: 'Not in a set',
    description: 'No value is one of the given ones.',
    kwargs: z.strictObject({ ...base, value_set: valueSet }),
    rule: ({ column, value_set }, table, parameters) =>
      overValues(table, column, (value) => ({
        unexpected: isMember(findColumn(table, column), value, value_set, parameters),
        broken: `are one of ${listed(value_set)}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_be_between',
    title: 'Between',
    description: 'Every value lies in a range; the bounds belong to it unless they are strict. Dates are compared as dates.',
    kwargs: z.strictObject({ ...base, ...bounds }),
    rule: ({ column, ...range }, table, parameters) =>
      overValues(table, column, (value) => ({
        unexpected: `NOT ${withinBounds(findColumn(table, column), value, range, parameters)}`,
        broken: `are not ${inWords(range)}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_be_unique',
    title: 'Unique',
    description: 'No value occurs twice. Every copy of a repeated value is unexpected.',
    kwargs: z.strictObject(base),
    rule: ({ column }, table) =>
      overValues(table, column, (value) => ({
        unexpected: `(${value}) IN (SELECT ${value} AS repeated FROM data WHERE (${value}) IS NOT NULL GROUP BY 1 HAVING count(*) > 1)`,
        broken: 'occur more than once',
      })),
  }),
];

const shapes: readonly CheckDefinition[] = [
  rowCheck({
    type: 'expect_column_values_to_match_regex',
    title: 'Match a pattern',
    description: 'The regular expression is found in every value.',
    kwargs: z.strictObject({ ...base, regex }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: `NOT ${matches(value, kwargs.regex, parameters)}`,
        broken: `do not match ${kwargs.regex}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_not_match_regex',
    title: 'Not match a pattern',
    description: 'The regular expression is found in no value.',
    kwargs: z.strictObject({ ...base, regex }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: matches(value, kwargs.regex, parameters),
        broken: `match ${kwargs.regex}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_match_regex_list',
    title: 'Match patterns',
    description: 'Every value matches any, or all, of several regular expressions.',
    kwargs: z.strictObject({ ...base, regex_list: patterns, match_on: matchOn }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: `NOT ${combine(
          kwargs.regex_list.map((item) => matches(value, item, parameters)),
          kwargs.match_on,
        )}`,
        broken: `do not match ${kwargs.match_on} of ${listed(kwargs.regex_list)}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_not_match_regex_list',
    title: 'Not match patterns',
    description: 'No value matches any of several regular expressions.',
    kwargs: z.strictObject({ ...base, regex_list: patterns }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: combine(
          kwargs.regex_list.map((item) => matches(value, item, parameters)),
          'any',
        ),
        broken: `match one of ${listed(kwargs.regex_list)}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_match_like_pattern',
    title: 'Like',
    description: 'Every value is LIKE the pattern.',
    kwargs: z.strictObject({ ...base, like_pattern: likePattern }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: `NOT (${isLike(value, kwargs.like_pattern, parameters)})`,
        broken: `are not like ${kwargs.like_pattern}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_not_match_like_pattern',
    title: 'Not like',
    description: 'No value is LIKE the pattern.',
    kwargs: z.strictObject({ ...base, like_pattern: likePattern }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: isLike(value, kwargs.like_pattern, parameters),
        broken: `are like ${kwargs.like_pattern}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_match_like_pattern_list',
    title: 'Like one of',
    description: 'Every value is LIKE any, or all, of several patterns.',
    kwargs: z.strictObject({ ...base, like_pattern_list: patterns, match_on: matchOn }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: `NOT ${combine(
          kwargs.like_pattern_list.map((item) => isLike(value, item, parameters)),
          kwargs.match_on,
        )}`,
        broken: `are not like ${kwargs.match_on} of ${listed(kwargs.like_pattern_list)}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_values_to_not_match_like_pattern_list',
    title: 'Like none of',
    description: 'No value is LIKE any of several patterns.',
    kwargs: z.strictObject({ ...base, like_pattern_list: patterns }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: combine(
          kwargs.like_pattern_list.map((item) => isLike(value, item, parameters)),
          'any',
        ),
        broken: `are like one of ${listed(kwargs.like_pattern_list)}`,
      })),
  }),
  rowCheck({
    type: 'expect_column_value_lengths_to_be_between',
    title: 'Length between',
    description: 'The length of every value, in characters, lies in a range.',
    kwargs: z.strictObject({ ...base, ...bounds }),
    rule: ({ column, ...range }, table, parameters) =>
      overValues(table, column, (value) => ({
        unexpected: `NOT ${withinBounds({ name: column, type: 'integer', databaseType: 'BIGINT' }, `length(${text(value)})`, range, parameters)}`,
        broken: `do not have ${inWords(range)} characters`,
      })),
  }),
  rowCheck({
    type: 'expect_column_value_lengths_to_equal',
    title: 'Length',
    description: 'Every value has exactly so many characters.',
    kwargs: z.strictObject({ ...base, value: z.int().min(0).meta({ title: 'Characters' }) }),
    rule: (kwargs, table, parameters) =>
      overValues(table, kwargs.column, (value) => ({
        unexpected: `length(${text(value)}) <> ${parameters.add(kwargs.value)}::DOUBLE`,
        broken: `do not have ${kwargs.value} characters`,
      })),
  }),
  rowCheck({
    type: 'expect_column_value_z_scores_to_be_less_than',
    title: 'No outliers',
    description: 'Every value lies within so many standard deviations (n − 1) of the mean; on both sides when it is double sided.',
    kwargs: z.strictObject({
      ...base,
      threshold: z.number().meta({ title: 'Threshold' }),
      double_sided: z.boolean().default(true).meta({ title: 'Both sides' }),
    }),
    rule: (kwargs, table, parameters) => {
      const number = numberOf(findColumn(table, kwargs.column));
      const score = `(${number} - (SELECT avg(${number}) FROM data)) / nullif((SELECT stddev_samp(${number}) FROM data), 0)`;
      return overValues(table, kwargs.column, () => ({
        unexpected: `NOT (coalesce(${kwargs.double_sided ? `abs(${score})` : score}, 0) < ${parameters.add(kwargs.threshold)}::DOUBLE)`,
        broken: `are ${kwargs.threshold} standard deviations or more away from the mean`,
      }));
    },
  }),
];

function listed(values: readonly unknown[]): string {
  const head = values.slice(0, 8).map((value) => (typeof value === 'string' ? quoteName(value) : String(value)));
  return `${head.join(', ')}${values.length > 8 ? ` and ${values.length - 8} more` : ''}`;
}

/** Checks of the single values of a column. */
export const columnValueChecks: readonly CheckDefinition[] = [...nullness, ...membership, ...shapes];
