import type { CheckFinding, ColumnInfo, TableReader } from '@crisol/plugin-api';
import { z } from 'zod';
import { NotAnswerable, type CheckDefinition } from './check-definition.js';
import { columnName, countBounds, inWords, isWithin } from './kwargs.js';
import { findColumn } from './sql.js';

interface ShapeCheck<Kwargs> {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly kwargs: z.ZodType<Kwargs>;
  judge(kwargs: Kwargs, table: TableReader): { readonly passed: boolean; readonly message: string; readonly observed?: unknown };
}

/** A check that the description of the table answers without reading it. */
function shapeCheck<Kwargs>(check: ShapeCheck<Kwargs>): CheckDefinition {
  return {
    type: check.type,
    title: check.title,
    description: check.description,
    kwargs: check.kwargs,
    run: async (table, raw): Promise<CheckFinding> => {
      const { passed, message, observed } = check.judge(check.kwargs.parse(raw), table);
      return { outcome: passed ? 'passed' : 'failed', message, observed, hasFailingRows: false };
    },
  };
}

/** Names that people use for a type, in pandas, SQL, Spark and here. */
const aliases: Readonly<Record<ColumnInfo['type'], readonly string[]>> = {
  integer: [
    'integer',
    'int',
    'int8',
    'int16',
    'int32',
    'int64',
    'long',
    'integertype',
    'longtype',
    'bigint',
    'smallint',
    'tinyint',
    'hugeint',
    'ubigint',
    'uinteger',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
  ],
  number: ['number', 'float', 'float32', 'float64', 'double', 'doubletype', 'floattype', 'real', 'decimal', 'numeric', 'double_precision'],
  boolean: ['boolean', 'bool', 'booleantype'],
  text: ['text', 'str', 'string', 'object', 'varchar', 'char', 'stringtype'],
  date: ['date', 'datetype'],
  timestamp: ['timestamp', 'datetime', 'datetime64', 'datetime64[ns]', 'timestamptype', 'timestamp_ntz'],
  time: ['time'],
  other: ['other', 'list', 'struct', 'map', 'dict', 'blob', 'bytes'],
};

function hasType(column: ColumnInfo, name: string): boolean {
  const asked = name.trim().toLowerCase();
  return (
    asked === column.databaseType.toLowerCase() ||
    asked === column.databaseType.toLowerCase().replace(/\(.*$/, '') ||
    aliases[column.type].includes(asked)
  );
}

function knownType(name: string): void {
  const asked = name.trim().toLowerCase();
  const all = Object.values(aliases).flat();
  if (!all.includes(asked) && !/^[a-z ]+(\(.*\))?(\[\])?$/.test(asked))
    throw new NotAnswerable(`"${name}" is no type; use ${Object.keys(aliases).join(', ')}, or a type of DuckDB.`);
}

const typeName = z.string().min(1).max(100);
const names = z.array(z.string().max(256)).max(5_000).meta({ title: 'Columns' });

/** Checks of types, columns and the number of rows. */
export const tableShapeChecks: readonly CheckDefinition[] = [
  shapeCheck({
    type: 'expect_column_values_to_be_of_type',
    title: 'Of a type',
    description: 'The column has a type: integer, number, boolean, text, date, timestamp, time, or the name that pandas or SQL gives it.',
    kwargs: z.strictObject({ column: columnName, type_: typeName.meta({ title: 'Type' }), mostly: z.number().optional() }),
    judge: ({ column: name, type_: type }, table) => {
      knownType(type);
      const column = findColumn(table, name);
      return {
        passed: hasType(column, type),
        message: `"${name}" is ${column.type} (${column.databaseType}); ${type} is asked.`,
        observed: column.databaseType,
      };
    },
  }),
  shapeCheck({
    type: 'expect_column_values_to_be_in_type_list',
    title: 'Of one of some types',
    description: 'The column has one of several types.',
    kwargs: z.strictObject({
      column: columnName,
      type_list: z.array(typeName).min(1).max(50).meta({ title: 'Types' }),
      mostly: z.number().optional(),
    }),
    judge: ({ column: name, type_list: types }, table) => {
      types.forEach(knownType);
      const column = findColumn(table, name);
      return {
        passed: types.some((type) => hasType(column, type)),
        message: `"${name}" is ${column.type} (${column.databaseType}); one of ${types.join(', ')} is asked.`,
        observed: column.databaseType,
      };
    },
  }),
  shapeCheck({
    type: 'expect_column_to_exist',
    title: 'Column exists',
    description: 'The table has the column, at a position (from 0) when one is given.',
    kwargs: z.strictObject({ column: columnName, column_index: z.int().min(0).nullish().meta({ title: 'Position from 0' }) }),
    judge: ({ column, column_index: position }, table) => {
      const found = table.columns.findIndex(({ name }) => name === column);
      if (found < 0)
        return {
          passed: false,
          message: `There is no column "${column}"; the table has ${listed(table.columns.map(({ name }) => name))}.`,
        };
      const passed = position === null || position === undefined || position === found;
      return { passed, message: `"${column}" is at position ${found}${passed ? '' : `; ${position} is asked`}.` };
    },
  }),
  shapeCheck({
    type: 'expect_table_row_count_to_be_between',
    title: 'Row count between',
    description: 'The number of rows lies in a range.',
    kwargs: z.strictObject(countBounds),
    judge: (range, { rowCount }) => ({
      passed: isWithin(rowCount, range),
      message: `The table has ${rowCount} rows; ${inWords(range)} are asked.`,
      observed: rowCount,
    }),
  }),
  shapeCheck({
    type: 'expect_table_row_count_to_equal',
    title: 'Row count',
    description: 'The table has exactly so many rows.',
    kwargs: z.strictObject({ value: z.int().min(0).meta({ title: 'Rows' }) }),
    judge: ({ value }, { rowCount }) => ({
      passed: rowCount === value,
      message: `The table has ${rowCount} rows; ${value} are asked.`,
      observed: rowCount,
    }),
  }),
  shapeCheck({
    type: 'expect_table_column_count_to_be_between',
    title: 'Column count between',
    description: 'The number of columns lies in a range.',
    kwargs: z.strictObject(countBounds),
    judge: (range, { columns }) => ({
      passed: isWithin(columns.length, range),
      message: `The table has ${columns.length} columns; ${inWords(range)} are asked.`,
      observed: columns.length,
    }),
  }),
  shapeCheck({
    type: 'expect_table_column_count_to_equal',
    title: 'Column count',
    description: 'The table has exactly so many columns.',
    kwargs: z.strictObject({ value: z.int().min(0).meta({ title: 'Columns' }) }),
    judge: ({ value }, { columns }) => ({
      passed: columns.length === value,
      message: `The table has ${columns.length} columns; ${value} are asked.`,
      observed: columns.length,
    }),
  }),
  shapeCheck({
    type: 'expect_table_columns_to_match_ordered_list',
    title: 'Columns in order',
    description: 'The columns are exactly these, in this order.',
    kwargs: z.strictObject({ column_list: names }),
    judge: ({ column_list: asked }, { columns }) => {
      const found = columns.map(({ name }) => name);
      const wrong = asked.findIndex((name, index) => found[index] !== name);
      const passed = wrong < 0 && found.length === asked.length;
      const at = wrong < 0 ? asked.length : wrong;
      return {
        passed,
        message: passed
          ? 'The columns are in the order that is asked.'
          : `At position ${at} is "${found[at] ?? 'nothing'}"; "${asked[at] ?? 'nothing'}" is asked.`,
        observed: found,
      };
    },
  }),
  shapeCheck({
    type: 'expect_table_columns_to_match_set',
    title: 'Set of columns',
    description: 'The table has these columns, and no others when it must be exact.',
    kwargs: z.strictObject({ column_set: names, exact_match: z.boolean().nullish().meta({ title: 'No other columns' }) }),
    judge: ({ column_set: asked, exact_match: exact }, { columns }) => {
      const found = columns.map(({ name }) => name);
      const missing = asked.filter((name) => !found.includes(name));
      const unexpected = exact === true ? found.filter((name) => !asked.includes(name)) : [];
      const parts = [
        ...(missing.length > 0 ? [`${listed(missing)} missing`] : []),
        ...(unexpected.length > 0 ? [`${listed(unexpected)} not asked for`] : []),
      ];
      return {
        passed: parts.length === 0,
        message: parts.length === 0 ? `All ${asked.length} columns are there.` : `Columns: ${parts.join('; ')}.`,
        observed: { found, missing, unexpected },
      };
    },
  }),
];

function listed(values: readonly string[]): string {
  return `${values
    .slice(0, 20)
    .map((value) => `"${value}"`)
    .join(', ')}${values.length > 20 ? ` and ${values.length - 20} more` : ''}`;
}
