import type { CheckFinding, ColumnInfo } from '@crisol/plugin-api';
import { z } from 'zod';
import { NotAnswerable, type CheckDefinition } from './check-definition.js';
import { bounds, columnName, inWords, isWithin } from './kwargs.js';
import { firstRow, findColumn, numberOf, Parameters, shown, toNumber, valueOf, withinBounds } from './sql.js';

interface Aggregate {
  readonly name: string;
  readonly title: string;
  readonly words: string;
  /** One value over the whole table. */
  sql(column: ColumnInfo): string;
  /** Whether dates and texts have it too. */
  readonly anyType?: boolean;
}

const aggregates: readonly Aggregate[] = [
  { name: 'max', title: 'Maximum between', words: 'maximum', sql: (column) => `max(${valueOf(column)})`, anyType: true },
  { name: 'min', title: 'Minimum between', words: 'minimum', sql: (column) => `min(${valueOf(column)})`, anyType: true },
  { name: 'mean', title: 'Mean between', words: 'mean', sql: (column) => `avg(${numberOf(column)})` },
  { name: 'median', title: 'Median between', words: 'median', sql: (column) => `median(${numberOf(column)})` },
  { name: 'sum', title: 'Sum between', words: 'sum', sql: (column) => `sum(${numberOf(column)})` },
  { name: 'stdev', title: 'Standard deviation between', words: 'standard deviation', sql: (column) => `stddev_samp(${numberOf(column)})` },
  {
    name: 'unique_value_count',
    title: 'Distinct values between',
    words: 'number of distinct values',
    sql: (column) => `count(DISTINCT ${valueOf(column)})`,
  },
  {
    name: 'proportion_of_unique_values',
    title: 'Share of distinct values between',
    words: 'share of distinct values',
    sql: (column) => `coalesce(count(DISTINCT ${valueOf(column)}) / nullif(count(${valueOf(column)}), 0)::DOUBLE, 0)`,
  },
  {
    name: 'proportion_of_non_null_values',
    title: 'Share of present values between',
    words: 'share of values that are not null',
    sql: (column) => `coalesce(count(${valueOf(column)}) / nullif(count(*), 0)::DOUBLE, 0)`,
  },
];

const kwargs = z.strictObject({ column: columnName, ...bounds });

function aggregateCheck(aggregate: Aggregate): CheckDefinition {
  return {
    type: `expect_column_${aggregate.name}_to_be_between`,
    title: aggregate.title,
    description: `The ${aggregate.words} of the column lies in a range. A column without values fails.`,
    kwargs,
    async run(table, raw, signal): Promise<CheckFinding> {
      const { column: name, ...range } = kwargs.parse(raw);
      const column = findColumn(table, name);
      const parameters = new Parameters();
      const typed = aggregate.anyType === true && column.type !== 'integer' && column.type !== 'number';
      const within = typed ? withinBounds(column, 'value', range, parameters) : 'NULL';
      const sql = `SELECT value${typed ? '::VARCHAR' : ''}, ${within} FROM (SELECT ${aggregate.sql(column)} AS value FROM data)`;
      const [observed, isIn] = await firstRow(table, sql, parameters, signal);
      if (observed === null || observed === undefined)
        return {
          outcome: 'failed',
          message: `"${name}" has no ${aggregate.words}: it holds no values.`,
          observed: null,
          hasFailingRows: false,
        };
      const value = typed ? String(observed) : toNumber(observed);
      const passed = typeof value === 'number' ? isWithin(value, numericBounds(name, range)) : isIn === true;
      return {
        outcome: passed ? 'passed' : 'failed',
        message: `The ${aggregate.words} of "${name}" is ${typeof value === 'number' ? shown(value) : value}; it must be ${inWords(range)}.`,
        observed: value,
        hasFailingRows: false,
      };
    },
  };
}

/** Bounds that are texts must be numbers where a number is compared. */
function numericBounds(name: string, range: z.infer<z.ZodObject<typeof bounds>>): typeof range {
  for (const bound of [range.min_value, range.max_value])
    if (typeof bound === 'string' && Number.isNaN(Number(bound)))
      throw new NotAnswerable(`"${bound}" is not a number, and what is compared of "${name}" is one.`);
  return range;
}

const quantileKwargs = z.strictObject({
  column: columnName,
  quantile_ranges: z
    .strictObject({
      quantiles: z.array(z.number().min(0).max(1)).min(1).max(50).meta({ title: 'Quantiles' }),
      value_ranges: z
        .array(z.tuple([z.number().nullable(), z.number().nullable()]))
        .min(1)
        .max(50)
        .meta({ title: 'Ranges' }),
    })
    .refine(({ quantiles, value_ranges: ranges }) => quantiles.length === ranges.length, 'needs one range for each quantile')
    .meta({ title: 'Quantiles and their ranges' }),
  allow_relative_error: z.boolean().default(false).meta({ title: 'Allow a relative error' }),
});

/** Relative distance from a bound that still passes, as in Great Expectations. */
const quantileTolerance = 1e-4;

const quantiles: CheckDefinition = {
  type: 'expect_column_quantile_values_to_be_between',
  title: 'Quantiles between',
  description: 'Quantiles of the column (the nearest value) lie in ranges. A bound left out is infinite.',
  kwargs: quantileKwargs,
  async run(table, raw, signal): Promise<CheckFinding> {
    const { column: name, quantile_ranges: asked } = quantileKwargs.parse(raw);
    const number = numberOf(findColumn(table, name));
    const parameters = new Parameters();
    // The nearest rank: the value at round(q · (n − 1)).
    const sql = `WITH sorted AS (SELECT ${number} AS value, row_number() OVER (ORDER BY ${number}) - 1 AS place, count(*) OVER () AS n FROM data WHERE ${number} IS NOT NULL)
      SELECT ${asked.quantiles.map((share) => `max(value) FILTER (WHERE place = round_even(${parameters.add(share)}::DOUBLE * (n - 1), 0))`).join(', ')} FROM sorted`;
    const values = (await firstRow(table, sql, parameters, signal)).map(toNumber);
    const successes = values.map((value, index) => {
      const [low, high] = asked.value_ranges[index] ?? [null, null];
      return value !== null && (low === null || value >= low || near(value, low)) && (high === null || value <= high || near(value, high));
    });
    const bad = asked.quantiles.filter((_share, index) => successes[index] !== true);
    return {
      outcome: bad.length === 0 ? 'passed' : 'failed',
      message:
        bad.length === 0
          ? `All ${asked.quantiles.length} quantiles of "${name}" are in their ranges.`
          : `Quantiles ${bad.join(', ')} of "${name}" are out of their ranges.`,
      observed: { quantiles: asked.quantiles, values, success: successes },
      hasFailingRows: false,
    };
  },
};

function near(value: number, bound: number): boolean {
  return Math.abs(value - bound) <= quantileTolerance * Math.max(Math.abs(value), Math.abs(bound));
}

/** Checks of one number about a column. */
export const aggregateChecks: readonly CheckDefinition[] = [...aggregates.map(aggregateCheck), quantiles];
