import type { ColumnInfo, TableReader } from '@crisol/plugin-api';
import { z } from 'zod';

const columnTypes = ['integer', 'number', 'boolean', 'text', 'date', 'timestamp', 'time', 'other'] as const;

/** A column that a table must have. */
export const ExpectedColumn = z.strictObject({
  name: z.string().min(1).max(1_000).meta({ title: 'Name' }),
  type: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({
      title: 'Type',
      description: `One of ${columnTypes.join(', ')}, or DuckDB's own, such as DECIMAL(18,3); any when left out`,
      examples: ['integer'],
    }),
  nullable: z.boolean().default(true).meta({ title: 'Values may be missing' }),
  required: z.boolean().default(true).meta({ title: 'Must be there' }),
});
export type ExpectedColumn = z.infer<typeof ExpectedColumn>;

/** How strictly a table is held against the expected columns. */
export const strictness = {
  ordered: z
    .boolean()
    .default(false)
    .meta({ title: 'In this order', description: 'The expected columns stand in the order in which they are listed' }),
  extra_columns: z.boolean().default(false).meta({ title: 'Further columns are fine' }),
  min_rows: z.int().min(0).optional().meta({ title: 'At least so many rows' }),
  max_rows: z.int().min(0).optional().meta({ title: 'At most so many rows' }),
};
export interface Strictness {
  readonly ordered: boolean;
  readonly extra_columns: boolean;
  readonly min_rows?: number | undefined;
  readonly max_rows?: number | undefined;
}

/** What of a table's shape is not as expected, each in a few words. Values are not looked at. */
export function shapeFaults(table: TableReader, expected: readonly ExpectedColumn[], asked: Strictness): string[] {
  const present = new Map(table.columns.map((column) => [column.name, column]));
  const names = new Set(expected.map(({ name }) => name));
  const faults = expected.flatMap(({ name, type, required }) => {
    const column = present.get(name);
    if (!column) return required ? [`${name} is missing`] : [];
    return type === undefined || isOfType(column, type) ? [] : [`${name} is ${column.type} (${column.databaseType}), not ${type}`];
  });
  const extra = table.columns.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  if (!asked.extra_columns && extra.length > 0)
    faults.push(`${extra.slice(0, 20).join(', ')} ${extra.length === 1 ? 'is' : 'are'} not expected`);
  if (asked.ordered) faults.push(...orderFaults(table, expected));
  if (asked.min_rows !== undefined && table.rowCount < asked.min_rows)
    faults.push(`it has ${table.rowCount} rows, fewer than ${asked.min_rows}`);
  if (asked.max_rows !== undefined && table.rowCount > asked.max_rows)
    faults.push(`it has ${table.rowCount} rows, more than ${asked.max_rows}`);
  return faults;
}

function isOfType({ type, databaseType }: ColumnInfo, wanted: string): boolean {
  return type === wanted || databaseType.toUpperCase() === wanted.toUpperCase();
}

/** The first column that stands in another place than it should, among those that are there. */
function orderFaults(table: TableReader, expected: readonly ExpectedColumn[]): string[] {
  const present = new Set(table.columns.map(({ name }) => name));
  const wanted = expected.filter(({ name }) => present.has(name)).map(({ name }) => name);
  const known = new Set(wanted);
  const found = table.columns.filter(({ name }) => known.has(name)).map(({ name }) => name);
  const at = wanted.findIndex((name, index) => found[index] !== name);
  return at < 0 ? [] : [`${found[at] ?? ''} stands where ${wanted[at] ?? ''} should`];
}

/** Columns that may not have gaps and have some, with how many. NaN is a gap, as everywhere. */
export async function gaps(
  table: TableReader,
  expected: readonly ExpectedColumn[],
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly missing: number }[]> {
  const present = new Map(table.columns.map((column) => [column.name, column]));
  const strict = expected.flatMap(({ name, nullable }) => {
    const column = present.get(name);
    return nullable || !column ? [] : [column];
  });
  if (strict.length === 0) return [];
  const counts = strict.map((column) => `count(*) FILTER (WHERE ${isMissing(column)})`);
  const { rows } = await table.query(`SELECT ${counts.join(', ')} FROM data`, [], signal);
  return strict.map(({ name }, index) => ({ name, missing: Number(rows[0]?.[index] ?? 0) })).filter(({ missing }) => missing > 0);
}

/** The condition under which a cell of the column is missing. */
export function isMissing({ name, databaseType }: ColumnInfo): string {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  return ['FLOAT', 'DOUBLE', 'REAL'].includes(databaseType.toUpperCase()) ? `(${quoted} IS NULL OR isnan(${quoted}))` : `${quoted} IS NULL`;
}
