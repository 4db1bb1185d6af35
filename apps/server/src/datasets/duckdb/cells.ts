import { looseNumber, type Column } from '@crisol/contracts';
import { quoteName } from './open-duckdb.js';

export type CellValue = string | number | boolean | null;

/** A DuckDB value as a JSON cell: 64-bit integers beyond 2^53 and numbers that are not finite become strings. */
export function toCell(value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return looseNumber(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return String(value);
}

/** An expression that gives a column in a form that crosses to JSON: dates and times as ISO 8601, nested values as text. */
export function cellExpression(column: Pick<Column, 'name' | 'type' | 'databaseType'>): string {
  const name = quoteName(column.name);
  switch (column.type) {
    case 'timestamp':
      return `CASE WHEN isfinite(${name}) THEN strftime(${name}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ') ELSE ${name}::VARCHAR END`;
    case 'date':
    case 'time':
    case 'other':
      return `${name}::VARCHAR`;
    case 'number':
      return column.databaseType.startsWith('DECIMAL') ? `${name}::DOUBLE` : name;
    default:
      return name;
  }
}
