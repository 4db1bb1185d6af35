import { isPluginError, PluginError, type CheckFinding, type Validator } from '@crisol/plugin-api';
import { ZodError } from 'zod';
import { aggregateChecks } from './aggregates.js';
import { NotAnswerable, type CheckDefinition } from './check-definition.js';
import { columnValueChecks } from './column-values.js';
import { distinctValueChecks } from './distinct-values.js';
import { severalColumnChecks } from './several-columns.js';
import { tableShapeChecks } from './table-shape.js';
import { unexpectedRows } from './unexpected-rows.js';

const definitions: readonly CheckDefinition[] = [
  ...columnValueChecks,
  ...tableShapeChecks,
  ...aggregateChecks,
  ...distinctValueChecks,
  ...severalColumnChecks,
  unexpectedRows,
];
const byType = new Map(definitions.map((definition) => [definition.type, definition]));

/** Great Expectations' catalogue and meaning, answered by SQL. */
export const expectationsValidator: Validator = {
  name: 'expectations',
  title: 'Expectations',
  checkTypes: definitions.map(({ type, title, description, kwargs }) => ({ type, title, description, kwargs })),

  async validate(table, checks, signal) {
    const findings: CheckFinding[] = [];
    for (const check of checks) {
      signal.throwIfAborted();
      const definition = byType.get(check.type);
      if (!definition) {
        findings.push(errored(`There is no check type "${check.type}".`));
        continue;
      }
      try {
        findings.push(await definition.run(table, check.kwargs, signal));
      } catch (error) {
        signal.throwIfAborted();
        findings.push(errored(reason(error)));
      }
    }
    return findings;
  },

  async failingRows(table, check, page, signal) {
    const definition = byType.get(check.type);
    if (!definition?.failingRows) return [];
    try {
      return await definition.failingRows(table, check.kwargs, page, signal);
    } catch (error) {
      if (error instanceof NotAnswerable) throw new PluginError('invalid_input', error.message, { cause: error });
      throw error;
    }
  },
};

function errored(message: string): CheckFinding {
  return { outcome: 'errored', message, hasFailingRows: false };
}

/** Why a check could not be run. Anything but a refusal is a fault and goes up. */
function reason(error: unknown): string {
  if (error instanceof NotAnswerable) return error.message;
  if (error instanceof ZodError)
    return `The arguments are not valid: ${error.issues.map((issue) => `${issue.path.join('.') || 'kwargs'} ${issue.message}`).join('; ')}.`;
  if (isPluginError(error) && error.code === 'invalid_input') return `The check does not fit the table: ${error.message}`;
  throw error;
}
