import { z } from 'zod';
import { NotAnswerable, type CheckDefinition } from './check-definition.js';

const kwargs = z.strictObject({
  unexpected_rows_query: z
    .string()
    .min(1)
    .max(10_000)
    .meta({ title: 'Query', description: 'One SELECT; {batch} is the table', 'x-ui': { widget: 'code' } }),
});
const shownRows = 20;

/** A query of the user's own: any row that it gives is unexpected. */
export const unexpectedRows: CheckDefinition = {
  type: 'unexpected_rows_expectation',
  title: 'No rows from a query',
  description: 'A SELECT over {batch} gives no rows.',
  kwargs,
  async run(table, raw, signal) {
    const { unexpected_rows_query: query } = kwargs.parse(raw);
    if (!query.includes('{batch}')) throw new NotAnswerable('The query must name the table as {batch}.');
    const sql = query.trim().replace(/;$/, '').replaceAll('{batch}', 'data');
    const { rows } = await table.query(sql, [], signal);
    return {
      outcome: rows.length === 0 ? 'passed' : 'failed',
      message: `The query gives ${rows.length} rows; none may be.`,
      observed: `${rows.length} unexpected rows`,
      elementCount: table.rowCount,
      unexpectedCount: rows.length,
      unexpectedValues: rows.slice(0, shownRows).map((row) => ({ value: row.map((cell) => String(cell ?? 'null')).join(', '), count: 1 })),
      hasFailingRows: false,
    };
  },
};
