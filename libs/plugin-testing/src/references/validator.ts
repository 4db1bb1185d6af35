import {
  definePlugin,
  PluginError,
  type CheckFinding,
  type CheckRequest,
  type PluginManifest,
  type TableReader,
  type Validator,
} from '@crisol/plugin-api';
import { z } from 'zod';
import { permissions } from '../permissions.js';
import type { ValidatorSubject } from '../kits/validator.contract.js';
import type { Change } from './notifier.js';

const manifest: PluginManifest = { id: 'reference-validator', kinds: ['validator'], api: '^1.0', permissions: permissions({ hosts: [] }) };
const AtMost = z.strictObject({ column: z.string(), limit: z.number() });

/** A table in memory that knows one query: every row of one column, as `select "name" from data`. @public @since 1.0 */
export function columnTable(columns: Readonly<Record<string, readonly number[]>>): TableReader {
  const rowCount = Object.values(columns)[0]?.length ?? 0;
  return {
    columns: Object.keys(columns).map((name) => ({ name, type: 'number', databaseType: 'DOUBLE' })),
    rowCount,
    query(sql, _parameters, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const name = /^select "(\w+)" from data$/.exec(sql)?.[1] ?? '';
      const values = columns[name];
      if (!values) return Promise.reject(new PluginError('invalid_input', `This table does not know the query ${sql}.`));
      return Promise.resolve({ columns: [name], rows: values.map((value) => [value]) });
    },
    read(names, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const unknown = names.filter((name) => !(name in columns));
      if (unknown.length > 0) return Promise.reject(new PluginError('invalid_input', `There is no column ${unknown.join(', ')}.`));
      return Promise.resolve({
        rows: rowCount,
        columns: names.map((name) => ({ name, type: 'number' as const, values: Float64Array.from(columns[name] ?? []) })),
      });
    },
  };
}

async function broken(table: TableReader, check: CheckRequest, signal: AbortSignal): Promise<{ row: number; value: number }[]> {
  const { column, limit } = AtMost.parse(check.kwargs);
  const { rows } = await table.query(`select "${column}" from data`, [], signal);
  return rows.flatMap(([value], row) => (typeof value === 'number' && value > limit ? [{ row, value }] : []));
}

async function judge(table: TableReader, check: CheckRequest, signal: AbortSignal): Promise<CheckFinding> {
  const { column, limit } = AtMost.parse(check.kwargs);
  const names = table.columns.map(({ name }) => name);
  if (!names.includes(column))
    return { outcome: 'errored', message: `There is no column ${column}; there are ${names.join(', ')}.`, hasFailingRows: false };
  const wrong = await broken(table, check, signal);
  return {
    outcome: wrong.length > 0 ? 'failed' : 'passed',
    message: `${wrong.length} of ${table.rowCount} values are over ${limit}; none may be.`,
    unexpectedCount: wrong.length,
    unexpectedValues: wrong.slice(0, 20).map(({ value }) => ({ value, count: 1 })),
    hasFailingRows: true,
  };
}

const reference: Validator = {
  name: 'reference',
  title: 'Reference',
  checkTypes: [{ type: 'at_most', title: 'At most', description: 'No value is over the limit', kwargs: AtMost }],
  async validate(table, checks, signal) {
    const findings: CheckFinding[] = [];
    for (const check of checks) findings.push(await judge(table, check, signal));
    return findings;
  },
  async failingRows(table, check, { offset, limit }, signal) {
    return (await broken(table, check, signal)).map(({ row }) => row).slice(offset, offset + limit);
  },
};

export function validatorSubject(change: Change<Validator> = (validator) => validator): ValidatorSubject {
  const amounts = Array.from({ length: 30 }, (_, i) => (i * 7) % 30);
  return {
    plugin: definePlugin({ id: 'reference-validator', setup: () => ({ validators: [change({ ...reference })] }) }),
    manifest,
    table: columnTable({ amount: amounts, other: amounts }),
    emptyTable: columnTable({ amount: [], other: [] }),
    passing: { type: 'at_most', kwargs: { column: 'amount', limit: 100 } },
    failing: { type: 'at_most', kwargs: { column: 'amount', limit: 5 } },
    unknownColumn: { type: 'at_most', kwargs: { column: 'nowhere', limit: 5 } },
  };
}
export const validatorCapabilities = ['columns', 'failing-rows', 'empty-table'];
