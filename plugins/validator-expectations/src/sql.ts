import type { ColumnInfo, TableReader } from '@crisol/plugin-api';
import { NotAnswerable } from './check-definition.js';
import type { Bounds, Scalar } from './kwargs.js';

type Parameter = string | number | boolean | null;

/** Values of one statement: each goes in as a parameter and never as text. */
export class Parameters {
  readonly values: Parameter[] = [];

  add(value: Parameter): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** A column by name. @throws NotAnswerable with the names that exist */
export function findColumn(table: TableReader, name: string): ColumnInfo {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column) return column;
  const known = table.columns.map((candidate) => `"${candidate.name}"`);
  throw new NotAnswerable(
    `There is no column "${name}"; the table has ${known.slice(0, 30).join(', ')}${known.length > 30 ? ` and ${known.length - 30} more` : ''}.`,
  );
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The column as an expression in which NaN is missing, as it is for models. */
export function valueOf(column: ColumnInfo): string {
  const name = quoteName(column.name);
  return column.databaseType === 'DOUBLE' || column.databaseType === 'FLOAT' ? `CASE WHEN isnan(${name}) THEN NULL ELSE ${name} END` : name;
}

export function isNumeric(column: ColumnInfo): boolean {
  return column.type === 'integer' || column.type === 'number';
}

/** @throws NotAnswerable when the column holds no numbers */
export function numberOf(column: ColumnInfo): string {
  if (isNumeric(column) || column.type === 'boolean') return `(${valueOf(column)})::DOUBLE`;
  throw new NotAnswerable(`"${column.name}" is ${column.type}; this check is for numbers.`);
}

/** A value of a check, as a parameter of the column's type. @throws NotAnswerable when it cannot be one */
export function comparable(column: ColumnInfo, value: Scalar, parameters: Parameters): string {
  const parameter = castable(column, value, parameters);
  if (parameter === undefined)
    throw new NotAnswerable(`"${String(value)}" cannot be compared with "${column.name}", which is ${column.type}.`);
  return parameter;
}

function castable(column: ColumnInfo, value: Scalar, parameters: Parameters): string | undefined {
  switch (column.type) {
    case 'integer':
    case 'number': {
      const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
      return Number.isNaN(number) ? undefined : `${parameters.add(number)}::DOUBLE`;
    }
    case 'boolean':
      return typeof value === 'boolean' || /^(true|false|0|1)$/i.test(String(value))
        ? `${parameters.add(String(value))}::BOOLEAN`
        : undefined;
    case 'date':
    case 'timestamp':
      return Number.isNaN(Date.parse(String(value))) || typeof value !== 'string'
        ? undefined
        : `${parameters.add(value.replace(/Z$/, ''))}::VARCHAR::TIMESTAMP`;
    case 'time':
      return /^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(String(value)) ? `${parameters.add(String(value))}::VARCHAR::TIME` : undefined;
    default:
      return `${parameters.add(String(value))}::VARCHAR`;
  }
}

/** `value IN (…)`; members that the column cannot hold never match, so they are left out. */
export function isMember(column: ColumnInfo, value: string, set: readonly (Scalar | null)[], parameters: Parameters): string {
  const members = set.flatMap((member) => (member === null ? [] : (castable(column, member, parameters) ?? [])));
  return members.length === 0 ? 'FALSE' : `(${value}) IN (${members.join(', ')})`;
}

/** Whether a value lies in bounds, as SQL. */
export function withinBounds(column: ColumnInfo, value: string, bounds: Bounds, parameters: Parameters): string {
  const parts: string[] = [];
  if (bounds.min_value !== null && bounds.min_value !== undefined)
    parts.push(`${value} ${bounds.strict_min ? '>' : '>='} ${comparable(column, bounds.min_value, parameters)}`);
  if (bounds.max_value !== null && bounds.max_value !== undefined)
    parts.push(`${value} ${bounds.strict_max ? '<' : '<='} ${comparable(column, bounds.max_value, parameters)}`);
  return parts.length === 0 ? 'TRUE' : `(${parts.join(' AND ')})`;
}

/** One row of an answer. */
export async function firstRow(table: TableReader, sql: string, parameters: Parameters, signal: AbortSignal): Promise<readonly unknown[]> {
  const { rows } = await table.query(sql, parameters.values, signal);
  return rows[0] ?? [];
}

/** A cell as a number; null stays null. */
export function toNumber(cell: unknown): number | null {
  if (cell === null || cell === undefined) return null;
  return Number(cell);
}

/** A number for a sentence. */
export function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
