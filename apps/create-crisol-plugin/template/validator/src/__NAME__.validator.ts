import type { CheckFinding, CheckRequest, ModelFacts, TableReader, Validator } from '@crisol/plugin-api';
import { ColumnAtLeast, MetricAtLeast, type Settings } from './__NAME__.settings.ts';

const errored = (message: string): CheckFinding => ({ outcome: 'errored', message, hasFailingRows: false });

/** Judges tables by the least value of a column, and model versions by the least value of a metric. */
export function __CAMEL__Validator({ tolerance }: Settings): Validator {
  const failing = async (table: TableReader, check: CheckRequest, signal: AbortSignal): Promise<{ row: number; value: number }[]> => {
    const { column, minimum } = ColumnAtLeast.parse(check.kwargs);
    const [read] = (await table.read([column], signal)).columns;
    if (read === undefined || read.type === 'text') return [];
    return [...read.values].flatMap((value, row) => (value < minimum - tolerance ? [{ row, value }] : []));
  };
  const judgeColumn = async (table: TableReader, check: CheckRequest, signal: AbortSignal): Promise<CheckFinding> => {
    const { column, minimum } = ColumnAtLeast.parse(check.kwargs);
    const known = table.columns.map(({ name }) => name);
    if (!known.includes(column)) return errored(`There is no column ${column}; there are ${known.join(', ')}.`);
    const found = await failing(table, check, signal);
    return {
      outcome: found.length > 0 ? 'failed' : 'passed',
      message: `${found.length} of ${table.rowCount} values of ${column} are under ${minimum}; none may be.`,
      unexpectedCount: found.length,
      unexpectedValues: found.slice(0, 20).map(({ value }) => ({ value, count: 1 })),
      hasFailingRows: true,
    };
  };
  const judgeMetric = ({ candidate }: ModelFacts, check: CheckRequest): CheckFinding => {
    const { metric, minimum } = MetricAtLeast.parse(check.kwargs);
    const value = candidate.metrics[metric];
    if (value == null) return errored(`The version has no ${metric}; it has ${Object.keys(candidate.metrics).join(', ')}.`);
    const outcome = value < minimum - tolerance ? 'failed' : 'passed';
    return { outcome, message: `${metric} is ${value}; at least ${minimum} is asked.`, observed: value, hasFailingRows: false };
  };
  const tableCheck = '__SNAKE___column_at_least';
  const modelCheck = '__SNAKE___metric_at_least';
  return {
    name: '__NAME__',
    title: '__TITLE__',
    checkTypes: [{ type: tableCheck, title: 'Least value of a column', description: 'No value is under the bound', kwargs: ColumnAtLeast }],
    async validate(table, checks, signal) {
      const findings: CheckFinding[] = [];
      for (const check of checks) {
        signal.throwIfAborted();
        findings.push(
          check.type === tableCheck ? await judgeColumn(table, check, signal) : errored(`There is no check ${check.type} here.`),
        );
      }
      return findings;
    },
    async failingRows(table, check, { offset, limit }, signal) {
      return (await failing(table, check, signal)).map(({ row }) => row).slice(offset, offset + limit);
    },
    modelCheckTypes: [
      { type: modelCheck, title: 'Least value of a metric', description: 'The figure reaches the bound', kwargs: MetricAtLeast },
    ],
    async judgeModel(facts, checks) {
      return checks.map((check) =>
        check.type === modelCheck ? judgeMetric(facts, check) : errored(`There is no check ${check.type} here.`),
      );
    },
  };
}
