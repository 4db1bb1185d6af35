import type { Column, ColumnType } from '@crisol/contracts';

/** Crisol's word for a DuckDB type. Nested and binary types are `other`: kept, shown, not trained on. */
export function columnType(databaseType: string): ColumnType {
  const base = databaseType.toUpperCase().replace(/\(.*$/, '').trim();
  if (databaseType.endsWith(']') || /^(STRUCT|MAP|UNION)\b/i.test(databaseType)) return 'other';
  if (/^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/.test(base)) return 'integer';
  if (base === 'DOUBLE' || base === 'FLOAT' || base === 'DECIMAL') return 'number';
  if (base === 'BOOLEAN') return 'boolean';
  if (base === 'VARCHAR' || base === 'UUID' || base === 'ENUM' || base === 'JSON') return 'text';
  if (base === 'DATE') return 'date';
  if (base.startsWith('TIMESTAMP')) return 'timestamp';
  if (base.startsWith('TIME')) return 'time';
  return 'other';
}

/** The DuckDB type that a person means by Crisol's word, for overrides. */
export function databaseType(type: ColumnType): string {
  const types: Readonly<Record<ColumnType, string>> = {
    integer: 'BIGINT',
    number: 'DOUBLE',
    boolean: 'BOOLEAN',
    text: 'VARCHAR',
    date: 'DATE',
    timestamp: 'TIMESTAMP',
    time: 'TIME',
    other: 'VARCHAR',
  };
  return types[type];
}

/** A column from a row of DESCRIBE and its count of nulls. */
export function toColumn(name: string, type: string, nullable: boolean): Column {
  return { name, type: columnType(type), databaseType: type, nullable };
}
