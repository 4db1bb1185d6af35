import type { CheckFinding, TableReader } from '@crisol/plugin-api';
import { z } from 'zod';
import type { CheckDefinition } from './check-definition.js';
import { columnName, valueSet, type Scalar } from './kwargs.js';
import { findColumn, isMember, Parameters, valueOf } from './sql.js';

const setKwargs = z.strictObject({ column: columnName, value_set: valueSet });
const modeKwargs = z.strictObject({
  column: columnName,
  value_set: valueSet,
  ties_okay: z.boolean().default(false).meta({ title: 'Ties are fine' }),
});
const mostShown = 200;

interface Comparison {
  /** Distinct values of the column that the set does not hold. */
  readonly extra: readonly { readonly value: unknown; readonly count: number }[];
  readonly extraCount: number;
  /** Members of the set that the column does not hold. */
  readonly missing: readonly Scalar[];
  readonly distinct: number;
}

async function compare(table: TableReader, name: string, set: readonly (Scalar | null)[], signal: AbortSignal): Promise<Comparison> {
  const column = findColumn(table, name);
  const value = valueOf(column);
  const parameters = new Parameters();
  const member = isMember(column, 'value', set, parameters);
  const distinct = `SELECT ${value} AS value, count(*) AS times FROM data WHERE (${value}) IS NOT NULL GROUP BY 1`;
  const extra = await table.query(
    `SELECT value, times, count(*) OVER () FROM (${distinct}) WHERE NOT (${member}) ORDER BY times DESC, value LIMIT ${mostShown}`,
    parameters.values,
    signal,
  );
  const counted = await table.query(`SELECT count(DISTINCT ${value}) FROM data`, [], signal);
  const missing: Scalar[] = [];
  for (const item of set) {
    if (item === null) continue;
    const one = new Parameters();
    const { rows } = await table.query(`SELECT 1 FROM data WHERE ${isMember(column, value, [item], one)} LIMIT 1`, one.values, signal);
    if (rows.length === 0) missing.push(item);
  }
  return {
    extra: extra.rows.map(([found, times]) => ({ value: found ?? null, count: Number(times) })),
    extraCount: Number(extra.rows[0]?.[2] ?? 0),
    missing,
    distinct: Number(counted.rows[0]?.[0] ?? 0),
  };
}

function setCheck(kind: 'in' | 'contain' | 'equal', title: string, description: string): CheckDefinition {
  return {
    type: `expect_column_distinct_values_to_${kind === 'in' ? 'be_in' : kind}_set`,
    title,
    description,
    kwargs: setKwargs,
    async run(table, raw, signal): Promise<CheckFinding> {
      const { column, value_set: set } = setKwargs.parse(raw);
      const { extra, extraCount, missing, distinct } = await compare(table, column, set, signal);
      const wrongExtra = kind !== 'contain' && extraCount > 0;
      const wrongMissing = kind !== 'in' && missing.length > 0;
      const parts = [
        ...(wrongExtra ? [`${extraCount} are not in the set (${shownList(extra.map(({ value }) => value))})`] : []),
        ...(wrongMissing ? [`${missing.length} of the set are absent (${shownList(missing)})`] : []),
      ];
      return {
        outcome: parts.length === 0 ? 'passed' : 'failed',
        message: `"${column}" has ${distinct} distinct values; ${parts.length === 0 ? 'they are as asked.' : `${parts.join(' and ')}.`}`,
        observed: { distinct, unexpected: wrongExtra ? extra.map(({ value }) => value) : [], missing: wrongMissing ? missing : [] },
        ...(wrongExtra ? { unexpectedCount: extraCount, unexpectedValues: extra.slice(0, 20) } : {}),
        hasFailingRows: false,
      };
    },
  };
}

const mode: CheckDefinition = {
  type: 'expect_column_most_common_value_to_be_in_set',
  title: 'Most common value in a set',
  description: 'The commonest value is one of the given ones. Without ties there must be exactly one commonest value.',
  kwargs: modeKwargs,
  async run(table, raw, signal): Promise<CheckFinding> {
    const { column: name, value_set: set, ties_okay: tiesOkay } = modeKwargs.parse(raw);
    const column = findColumn(table, name);
    const value = valueOf(column);
    const parameters = new Parameters();
    const sql = `WITH groups AS (SELECT ${value} AS value, count(*) AS times FROM data WHERE (${value}) IS NOT NULL GROUP BY 1)
      SELECT value, ${isMember(column, 'value', set, parameters)} FROM groups WHERE times = (SELECT max(times) FROM groups) ORDER BY value LIMIT ${mostShown}`;
    const { rows } = await table.query(sql, parameters.values, signal);
    const modes = rows.map(([found]) => found);
    const inSet = rows.filter(([, member]) => member === true).length;
    const passed = rows.length > 0 && (tiesOkay ? inSet > 0 : rows.length === 1 && inSet === 1);
    const found =
      rows.length === 0
        ? `"${name}" holds no values`
        : `The commonest of "${name}" ${rows.length === 1 ? 'is' : 'are'} ${shownList(modes)}`;
    return {
      outcome: passed ? 'passed' : 'failed',
      message: `${found}; it must be one of ${shownList(set)}.`,
      observed: modes,
      hasFailingRows: false,
    };
  },
};

function shownList(values: readonly unknown[]): string {
  return `${values.slice(0, 8).map(String).join(', ')}${values.length > 8 ? ` and ${values.length - 8} more` : ''}`;
}

/** Checks of the set of values that a column has. */
export const distinctValueChecks: readonly CheckDefinition[] = [
  setCheck('in', 'Distinct values in a set', 'No value occurs that the set does not hold.'),
  setCheck('contain', 'Distinct values contain a set', 'Every member of the set occurs.'),
  setCheck('equal', 'Distinct values equal a set', 'The values that occur are exactly the set.'),
  mode,
];
