import { PluginError, type CheckFinding, type CheckRequest, type ModelFacts, type TableReader, type Validator } from '@crisol/plugin-api';
import { z } from 'zod';
import type { ValidatorSubject } from '../kits/validator/subject.js';
import { referenceSubject, type Change } from './reference-plugin.js';

const AtMost = z.strictObject({ column: z.string(), limit: z.number().meta({ examples: [5] }) });
const ErrorAtMost = z.strictObject({ limit: z.number(), slice: z.string().optional() });

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
  if (!names.includes(column)) return errored(`There is no column ${column}; there are ${names.join(', ')}.`);
  const wrong = await broken(table, check, signal);
  return {
    outcome: wrong.length > 0 ? 'failed' : 'passed',
    message: `${wrong.length} of ${table.rowCount} values are over ${limit}; none may be.`,
    unexpectedCount: wrong.length,
    unexpectedValues: wrong.slice(0, 20).map(({ value }) => ({ value, count: 1 })),
    hasFailingRows: true,
  };
}

/** Mean absolute error of the test rows, overall and for each value of a column. */
async function judgeVersion(facts: ModelFacts, check: CheckRequest, signal: AbortSignal): Promise<CheckFinding> {
  const { limit, slice } = ErrorAtMost.parse(check.kwargs);
  if (facts.test === null) return errored('The test rows of the version are gone, so that its error cannot be measured.');
  const { rows, columns } = await facts.test.read(['__target', '__prediction', ...(slice ? [slice] : [])], signal);
  const [target, prediction, group] = columns.map((column) => (column.type === 'text' ? new Float64Array() : column.values));
  const errors = Array.from({ length: rows }, (_, row) => Math.abs((target?.[row] ?? NaN) - (prediction?.[row] ?? NaN)));
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  const slices = [...new Set(group)].map((value) => {
    const own = errors.filter((_, row) => group?.[row] === value);
    return { name: `${slice} is ${value}`, rows: own.length, value: mean(own), passed: mean(own) <= limit };
  });
  return {
    outcome: mean(errors) > limit ? 'failed' : 'passed',
    message: `The mean error is ${mean(errors)}; at most ${limit} is asked.`,
    observed: mean(errors),
    ...(slice ? { slices: slices.sort((a, b) => b.value - a.value).slice(0, 50) } : {}),
    hasFailingRows: false,
  };
}

const errored = (message: string): CheckFinding => ({ outcome: 'errored', message, hasFailingRows: false });
/** One finding for each check, in order; a type that is not known is errored. */
async function eachInPlace(
  checks: readonly CheckRequest[],
  types: readonly string[],
  run: (check: CheckRequest) => Promise<CheckFinding>,
): Promise<readonly CheckFinding[]> {
  const findings: CheckFinding[] = [];
  for (const check of checks)
    findings.push(types.includes(check.type) ? await run(check) : errored(`There is no check type ${check.type}.`));
  return findings;
}

const reference: Validator = {
  name: 'reference',
  title: 'Reference',
  checkTypes: [{ type: 'at_most', title: 'At most', description: 'No value is over the limit', kwargs: AtMost }],
  modelCheckTypes: [{ type: 'error_at_most', title: 'Error', description: 'The mean error is within the limit', kwargs: ErrorAtMost }],
  validate: (table, checks, signal) => eachInPlace(checks, ['at_most'], (check) => judge(table, check, signal)),
  async failingRows(table, check, { offset, limit }, signal) {
    return (await broken(table, check, signal)).map(({ row }) => row).slice(offset, offset + limit);
  },
  judgeModel: (facts, checks, signal) => eachInPlace(checks, ['error_at_most'], (check) => judgeVersion(facts, check, signal)),
};

/** Facts of a version whose error is 1 in the first group and 3 in the second. */
function facts(): ModelFacts {
  const rows = Array.from({ length: 40 }, (_, i) => i);
  const version = {
    version: 2,
    inputs: [{ name: 'group', type: 'number' as const, optional: false }],
    outputs: ['prediction'],
    labels: [],
    metrics: { rmse: 2 },
    latency: { rows: 1, p50Ms: 0.1, p99Ms: 0.2 },
    sizeBytes: 1_000,
  };
  return {
    model: 'prices',
    task: 'regression',
    candidate: version,
    incumbent: { ...version, version: 1 },
    callers: [{ caller: 'shop', columns: [{ name: 'group', type: 'number' }], requests: 10, lastSeen: 0 }],
    test: columnTable({
      group: rows.map((i) => i % 2),
      __target: rows.map((i) => i),
      __prediction: rows.map((i) => i + 1 + 2 * (i % 2)),
    }),
  };
}

export function validatorSubject(change: Change<Validator> = (validator) => validator): ValidatorSubject {
  const amounts = Array.from({ length: 30 }, (_, i) => (i * 7) % 30);
  return {
    ...referenceSubject('validator', () => ({ validators: [change({ ...reference })] })),
    table: columnTable({ amount: amounts, other: amounts }),
    emptyTable: columnTable({ amount: [], other: [] }),
    passing: { type: 'at_most', kwargs: { column: 'amount', limit: 100 } },
    failing: { type: 'at_most', kwargs: { column: 'amount', limit: 5 } },
    unknownColumn: { type: 'at_most', kwargs: { column: 'nowhere', limit: 5 } },
    facts: facts(),
    passingModel: { type: 'error_at_most', kwargs: { limit: 2.5 } },
    failingModel: { type: 'error_at_most', kwargs: { limit: 1.5 } },
    sliced: { type: 'error_at_most', kwargs: { limit: 1.5, slice: 'group' } },
  };
}
export const validatorCapabilities = ['tables', 'columns', 'failing-rows', 'empty-table', 'models', 'slices', 'check'];
