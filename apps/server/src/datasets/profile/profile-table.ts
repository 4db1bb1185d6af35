import type { Column, ColumnProfile, DatasetProfile } from '@crisol/contracts';
import { looseNumber } from '@crisol/contracts';
import { toCell } from '../duckdb/cells.js';
import { quoteName, type DuckDbSession, type Value } from '../duckdb/open-duckdb.js';
import { spreadOf } from './spread.js';

const topCount = 20;
/** Up to here distinct values are counted exactly; above, by HyperLogLog with an error of about 2 %. */
const exactDistinct = 100_000;
const exactRows = 200_000;
/** Numbers with at most this many distinct values also show their commonest values. */
const categoricalNumbers = 2_000;
const duplicateCheckRows = 500_000;

type Report = (ratio: number, message: string) => void;

/**
 * Describes each column of a relation. Quantiles, means and histograms are exact; distinct counts say whether they are.
 * Each column is scanned on its own, so Parquet decodes only that column and memory stays with one column.
 */
export async function profileTable(
  session: DuckDbSession,
  source: string,
  columns: readonly Column[],
  rows: number,
  report: Report,
): Promise<DatasetProfile> {
  const profiles: ColumnProfile[] = [];
  for (const [index, column] of columns.entries()) {
    profiles.push(await profileColumn(session, source, column, rows));
    report((index + 1) / columns.length, `Profiled ${index + 1} of ${columns.length} columns`);
  }
  return { rows, columns: profiles, duplicateRows: await duplicateRows(session, source, columns, rows), exact: true, sampledRows: null };
}

async function profileColumn(session: DuckDbSession, source: string, column: Column, rows: number): Promise<ColumnProfile> {
  switch (column.type) {
    case 'integer':
    case 'number':
      return profileNumbers(session, source, column, rows);
    case 'date':
    case 'timestamp':
      return profileTimes(session, source, column, rows);
    default:
      return profileValues(session, source, column, rows);
  }
}

async function profileNumbers(session: DuckDbSession, source: string, column: Column, rows: number): Promise<ColumnProfile> {
  const name = quoteName(column.name);
  const floating = column.databaseType === 'DOUBLE' || column.databaseType === 'FLOAT';
  const finite = floating ? `CASE WHEN isfinite(${name}) THEN ${name}::DOUBLE END` : `${name}::DOUBLE`;
  const real = floating ? `CASE WHEN NOT isnan(${name}) THEN ${name} END` : name;
  const facts = `count(${name}), ${floating ? `count(*) FILTER (WHERE isnan(${name}))` : '0'}, approx_count_distinct(${name}),
    min(${real}), max(${real}), min(${finite}), max(${finite}), avg(${finite})`;
  const [present, nans, approximate, min, max, low, high, mean, deviation] = await withDeviation(session, source, facts, finite);
  const top = Number(approximate) <= categoricalNumbers ? await topValues(session, source, name, column) : { values: [], distinct: null };
  return {
    ...(await distinctOf(session, source, name, rows, Number(approximate), top.distinct)),
    ...counts(column, rows, Number(present)),
    nans: Number(nans),
    min: toCell(min),
    max: toCell(max),
    mean: typeof mean === 'number' ? looseNumber(mean) : null,
    std: typeof deviation === 'number' ? looseNumber(deviation) : null,
    ...(await spreadOf(session, source, finite, low, high, column.type === 'integer' ? 1 : 0)),
    topValues: top.values,
    meanLength: null,
  };
}

async function profileTimes(session: DuckDbSession, source: string, column: Column, rows: number): Promise<ColumnProfile> {
  const name = quoteName(column.name);
  const milliseconds = `CASE WHEN isfinite(${name}) THEN epoch_ms(${name}::TIMESTAMP)::DOUBLE END`;
  const [present, approximate, min, max, low, high] = await session.row(
    `SELECT count(${name}), approx_count_distinct(${name}), min(${name})::VARCHAR, max(${name})::VARCHAR, min(${milliseconds}), max(${milliseconds}) FROM ${source}`,
  );
  const top =
    Number(approximate) <= categoricalNumbers
      ? await topValues(session, source, `${name}::VARCHAR`, column)
      : { values: [], distinct: null };
  return {
    ...(await distinctOf(session, source, name, rows, Number(approximate), top.distinct)),
    ...counts(column, rows, Number(present)),
    nans: 0,
    min: toCell(min),
    max: toCell(max),
    mean: null,
    std: null,
    ...(await spreadOf(session, source, milliseconds, low, high, column.type === 'date' ? 86_400_000 : 0)),
    topValues: top.values,
    meanLength: null,
  };
}

async function profileValues(session: DuckDbSession, source: string, column: Column, rows: number): Promise<ColumnProfile> {
  const name = column.type === 'boolean' || column.type === 'text' ? quoteName(column.name) : `${quoteName(column.name)}::VARCHAR`;
  const text = column.type === 'text';
  const [present, approximate, min, max, length] = await session.row(
    `SELECT count(${name}), approx_count_distinct(${name}), ${text ? `left(min(${name}), 200), left(max(${name}), 200)` : `min(${name}), max(${name})`},
       ${text ? `avg(length(${name}))` : 'NULL'} FROM ${source}`,
  );
  const top =
    Number(approximate) <= exactDistinct || rows <= exactRows
      ? await topValues(session, source, name, column)
      : { values: [], distinct: null };
  return {
    ...(await distinctOf(session, source, name, rows, Number(approximate), top.distinct)),
    ...counts(column, rows, Number(present)),
    nans: 0,
    min: toCell(min),
    max: toCell(max),
    mean: null,
    std: null,
    quantiles: null,
    histogram: [],
    topValues: top.values,
    meanLength: typeof length === 'number' ? length : null,
  };
}

function counts(column: Column, rows: number, present: number): Pick<ColumnProfile, 'name' | 'type' | 'count' | 'nulls'> {
  return { name: column.name, type: column.type, count: rows, nulls: rows - present };
}

async function distinctOf(
  session: DuckDbSession,
  source: string,
  expression: string,
  rows: number,
  approximate: number,
  known: number | null,
): Promise<Pick<ColumnProfile, 'distinct' | 'distinctExact'>> {
  if (known !== null) return { distinct: known, distinctExact: true };
  if (approximate > exactDistinct && rows > exactRows) return { distinct: approximate, distinctExact: false };
  const [exact] = await session.row(`SELECT count(DISTINCT ${expression}) FROM ${source}`);
  return { distinct: Number(exact), distinctExact: true };
}

async function topValues(
  session: DuckDbSession,
  source: string,
  expression: string,
  column: Column,
): Promise<{ values: ColumnProfile['topValues']; distinct: number }> {
  const shown = column.type === 'text' || column.type === 'other' ? 'left(value, 200)' : 'value';
  const found = await session.rows(
    `WITH groups AS (SELECT ${expression} AS value, count(*) AS times FROM ${source} WHERE ${expression} IS NOT NULL GROUP BY 1)
     SELECT ${shown}, times, count(*) OVER () FROM groups ORDER BY times DESC, value LIMIT ${topCount}`,
  );
  return { values: found.map(([value, count]) => ({ value: toCell(value), count: Number(count) })), distinct: Number(found[0]?.[2] ?? 0) };
}

/** DuckDB refuses a deviation whose squares leave the range of a double; such a column has an infinite one. */
async function withDeviation(session: DuckDbSession, source: string, facts: string, finite: string): Promise<Value[]> {
  try {
    return await session.row(`SELECT ${facts}, stddev_samp(${finite}) FROM ${source}`);
  } catch (error) {
    if (error instanceof Error && /out of range/i.test(error.message))
      return [...(await session.row(`SELECT ${facts} FROM ${source}`)), Number.POSITIVE_INFINITY];
    throw error;
  }
}

async function duplicateRows(session: DuckDbSession, source: string, columns: readonly Column[], rows: number): Promise<number | null> {
  if (rows > duplicateCheckRows || columns.length === 0 || columns.length > 200) return null;
  const [distinct] = await session.row(
    `SELECT count(DISTINCT hash(${columns.map(({ name }) => quoteName(name)).join(', ')})) FROM ${source}`,
  );
  return rows - Number(distinct);
}
