import type { Check, Column } from '@crisol/contracts';
import type { CheckFinding, Validator } from '@crisol/plugin-api';
import { join } from 'node:path';
import { DuckDbTableReader } from '../datasets/duckdb/duckdb-table-reader.js';
import { duckDbTableFiles } from '../datasets/duckdb/table-files.js';
import { JobFailure, type JobContext } from '../platform/jobs/job-handler.js';
import { instantiatePlugin } from '../platform/plugins/child/instantiate-plugin.js';
import type { PluginReference } from '../platform/plugins/plugin-host.js';

export interface PreparedValidation {
  readonly parquet: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly plugin: PluginReference;
  readonly checks: readonly Check[];
  readonly memoryMb: number;
}
export interface ValidationFindings {
  /** The checks as they were run. */
  readonly checks: readonly Check[];
  readonly findings: readonly CheckFinding[];
  /** Numbers of failing rows of each check, the first ones. */
  readonly failing: readonly (readonly number[])[];
}

/** Failing rows that are kept, over all checks and for one. */
const keptRows = 500_000;
const keptRowsOfOne = 10_000;

/** Job `suite.validate`: one check after another on one version, in a process of its own. */
export async function run(input: PreparedValidation, context: JobContext): Promise<ValidationFindings> {
  const provided = await instantiatePlugin(input.plugin, context, duckDbTableFiles);
  const validator = provided.validators?.find(({ name }) => name === input.plugin.name);
  if (!validator)
    throw new JobFailure('plugin_not_active', `The plugin ${input.plugin.pluginId} brings no validator "${input.plugin.name}".`);
  const table = await DuckDbTableReader.open({ ...input, spillFolder: join(context.workFolder, 'spill') });
  try {
    const findings: CheckFinding[] = [];
    const failing: (readonly number[])[] = [];
    const keep = Math.min(keptRowsOfOne, Math.floor(keptRows / Math.max(1, input.checks.length)));
    for (const [index, check] of input.checks.entries()) {
      const finding = await judge(validator, table, check, context.signal);
      findings.push(finding);
      failing.push(await rowsOf(validator, table, check, finding, keep, context));
      context.progress((index + 1) / input.checks.length, `Ran ${index + 1} of ${input.checks.length} checks`, 'check');
    }
    return { checks: input.checks, findings, failing };
  } finally {
    table.close();
    await provided.dispose?.();
  }
}

async function judge(validator: Validator, table: DuckDbTableReader, check: Check, signal: AbortSignal): Promise<CheckFinding> {
  const definition = validator.checkTypes.find(({ type }) => type === check.type);
  const kwargs = definition?.kwargs.safeParse(check.kwargs);
  if (!definition || !kwargs?.success)
    return {
      outcome: 'errored',
      message: definition ? `The arguments of ${check.type} are not valid.` : `There is no check type ${check.type}.`,
      hasFailingRows: false,
    };
  // What a strict object schema gives is an object.
  const request = { type: check.type, kwargs: kwargs.data as Readonly<Record<string, unknown>> };
  const [finding] = await validator.validate(table, [request], signal);
  return finding ?? { outcome: 'errored', message: 'The validator gave no answer.', hasFailingRows: false };
}

/** A check that failed is still a result when its rows cannot be named. */
async function rowsOf(
  validator: Validator,
  table: DuckDbTableReader,
  check: Check,
  finding: CheckFinding,
  limit: number,
  context: JobContext,
): Promise<readonly number[]> {
  if (!finding.hasFailingRows || !validator.failingRows || limit === 0) return [];
  try {
    return await validator.failingRows(table, { type: check.type, kwargs: check.kwargs }, { offset: 0, limit }, context.signal);
  } catch (error) {
    context.signal.throwIfAborted();
    context.log('warn', `The failing rows of ${check.type} could not be read: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}
