import type { CheckFinding, TableReader } from '@crisol/plugin-api';
import type { z } from 'zod';
import type { CheckDefinition } from './check-definition.js';
import { firstRow, Parameters, toNumber } from './sql.js';

const shownValues = 20;

/** Which rows a check looks at, and which of them break it, as SQL over `data`. */
export interface RowRule {
  /** What a value of this check is, for the list of unexpected values. */
  readonly value: string;
  /** Rows that are looked at; the others are missing. */
  readonly evaluated: string;
  readonly unexpected: string;
  /** What is counted, such as `values in "age"`. */
  readonly subject: string;
  /** What is wrong with a broken one, such as `are null`. */
  readonly broken: string;
}
interface RowCheck<Kwargs> {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly kwargs: z.ZodType<Kwargs>;
  rule(kwargs: Kwargs, table: TableReader, parameters: Parameters): RowRule;
}

/** A check of each row: it holds when the share of the rows that are fine is at least `mostly`. No rows at all is fine. */
export function rowCheck<Kwargs extends { readonly mostly: number }>(check: RowCheck<Kwargs>): CheckDefinition {
  const where = (rule: RowRule) => `(${rule.evaluated}) AND (${rule.unexpected})`;
  return {
    type: check.type,
    title: check.title,
    description: check.description,
    kwargs: check.kwargs,
    async run(table, raw, signal): Promise<CheckFinding> {
      const kwargs = check.kwargs.parse(raw);
      const parameters = new Parameters();
      const rule = check.rule(kwargs, table, parameters);
      const counted = await firstRow(
        table,
        `SELECT count(*), count(*) FILTER (WHERE ${rule.evaluated}), count(*) FILTER (WHERE ${where(rule)}) FROM data`,
        parameters,
        signal,
      );
      const [elements = 0, evaluated = 0, unexpected = 0] = counted.map((cell) => toNumber(cell) ?? 0);
      const passed = evaluated === 0 || (evaluated - unexpected) / evaluated >= kwargs.mostly;
      return {
        outcome: passed ? 'passed' : 'failed',
        message: sentence(rule, evaluated, unexpected, kwargs.mostly),
        elementCount: elements,
        unexpectedCount: unexpected,
        missingCount: elements - evaluated,
        unexpectedValues: unexpected > 0 ? await commonest(table, check, kwargs, signal) : [],
        hasFailingRows: unexpected > 0,
      };
    },
    async failingRows(table, raw, page, signal) {
      const parameters = new Parameters();
      const rule = check.rule(check.kwargs.parse(raw), table, parameters);
      const sql = `SELECT __row FROM data WHERE ${where(rule)} ORDER BY __row LIMIT ${Math.trunc(page.limit)} OFFSET ${Math.trunc(page.offset)}`;
      const { rows } = await table.query(sql, parameters.values, signal);
      return rows.map(([number]) => Number(number));
    },
  };
}

async function commonest<Kwargs>(
  table: TableReader,
  check: RowCheck<Kwargs>,
  kwargs: Kwargs,
  signal: AbortSignal,
): Promise<{ value: unknown; count: number }[]> {
  const parameters = new Parameters();
  const rule = check.rule(kwargs, table, parameters);
  const sql = `SELECT ${rule.value} AS value, count(*) AS times FROM data WHERE (${rule.evaluated}) AND (${rule.unexpected}) GROUP BY 1 ORDER BY times DESC, value LIMIT ${shownValues}`;
  const { rows } = await table.query(sql, parameters.values, signal);
  return rows.map(([value, count]) => ({ value: value ?? null, count: Number(count) }));
}

function sentence(rule: RowRule, evaluated: number, unexpected: number, mostly: number): string {
  if (evaluated === 0) return `There are no ${rule.subject} to look at, which counts as passed.`;
  const found = `${unexpected} of ${evaluated} ${rule.subject} ${rule.broken}`;
  if (unexpected === 0) return `${found}, as asked.`;
  return mostly === 1 ? `${found}; none may.` : `${found}; at most ${Number(((1 - mostly) * 100).toPrecision(6))} % may.`;
}
