import type { CheckFinding, CheckRequest, ModelFacts, TableReader, Validator } from '@crisol/plugin-api';
import { ensure } from '../../contract.js';
import { start, type PluginSubject } from '../common.js';

/** A validator to try: one that judges tables, model versions, or both. @public @since 1.0 */
export interface ValidatorSubject extends PluginSubject {
  /** A table with at least 10 rows; for the capability `tables`, as are the next three. */
  readonly table?: TableReader;
  /** A table with the same columns and no row. */
  readonly emptyTable?: TableReader;
  /** A check that the table passes. */
  readonly passing?: CheckRequest;
  /** A check that at least two rows of the table fail. */
  readonly failing?: CheckRequest;
  /** A check on a column that the table does not have. */
  readonly unknownColumn?: CheckRequest;
  /** What is known of a version, test rows included; for the capability `models`, as are the next two. @since 1.1 */
  readonly facts?: ModelFacts;
  /** A check of `modelCheckTypes` that the version passes. @since 1.1 */
  readonly passingModel?: CheckRequest;
  /** A check of `modelCheckTypes` that the version fails. @since 1.1 */
  readonly failingModel?: CheckRequest;
  /** A failing check, on the table or on the version, whose finding has slices; for the capability `slices`. @since 1.1 */
  readonly sliced?: CheckRequest;
}

export const never = (): AbortSignal => new AbortController().signal;
export const outcomes = (findings: readonly { outcome: string }[]): string => findings.map(({ outcome }) => outcome).join(', ');

export function open(subject: ValidatorSubject): Validator {
  const validator = start(subject).provided.validators?.[0];
  ensure(validator !== undefined, 'setup brings no validator.');
  return validator;
}

/** A fresh instance, and the tables and checks of the subject. */
export function openTables(subject: ValidatorSubject) {
  const { table, emptyTable, passing, failing, unknownColumn } = subject;
  ensure(
    table !== undefined && passing !== undefined && failing !== undefined,
    'The subject has no table, or no passing and failing check.',
  );
  return { validator: open(subject), table, emptyTable, passing, failing, unknownColumn };
}

type Judge = NonNullable<Validator['judgeModel']>;
/** A fresh instance, and the facts and checks of the subject. */
export function openModels(subject: ValidatorSubject) {
  const validator = open(subject);
  const { facts, passingModel, failingModel } = subject;
  ensure(
    facts !== undefined && passingModel !== undefined && failingModel !== undefined,
    'The subject has no facts, or no passing and failing check of a model.',
  );
  ensure(validator.judgeModel !== undefined, 'It has no judgeModel.');
  const judge: Judge = validator.judgeModel.bind(validator);
  return { validator, judge, facts, passing: passingModel, failing: failingModel };
}

/** A table whose queries and reads wait until the signal is aborted. */
export function stuckTable(table: TableReader): TableReader {
  const stuck = (signal: AbortSignal): Promise<never> =>
    new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  return {
    columns: table.columns,
    rowCount: table.rowCount,
    query: (_sql, _parameters, signal) => stuck(signal),
    read: (_columns, signal) => stuck(signal),
  };
}

/** A table whose queries and reads fail. */
export function brokenTable(table: TableReader, error: Error): TableReader {
  return { columns: table.columns, rowCount: table.rowCount, query: () => Promise.reject(error), read: () => Promise.reject(error) };
}

/** Fails when a finding is not plain data of the shape that the contract names. */
export function ensureShape(finding: CheckFinding): void {
  try {
    structuredClone(finding);
  } catch {
    ensure(false, 'A finding holds what cannot be copied, such as a function: give plain data.');
  }
  ensure(
    ['passed', 'failed', 'errored'].includes(finding.outcome),
    `The outcome "${finding.outcome}" is none of passed, failed and errored.`,
  );
  ensure(typeof finding.hasFailingRows === 'boolean', 'A finding does not say whether it can name the failing rows: set hasFailingRows.');
  for (const [name, count] of Object.entries({
    elementCount: finding.elementCount,
    unexpectedCount: finding.unexpectedCount,
    missingCount: finding.missingCount,
  }))
    ensure(count === undefined || (Number.isInteger(count) && count >= 0), `${name} is ${count}: a count is a whole number from 0.`);
}

/** Fails when a finding says nothing in a sentence. */
export function ensureSentence(finding: CheckFinding | undefined): asserts finding is CheckFinding {
  ensure(finding !== undefined && finding.message.trim().split(/\s+/).length >= 3, 'The message of a failed check is no sentence.');
}

/** Fails when the slices of a finding are not as the contract orders them. */
export function ensureSlices({ slices, outcome }: CheckFinding): void {
  ensure(outcome === 'failed', `The sliced check of the subject is ${outcome}, not failed.`);
  ensure(slices !== undefined && slices.length > 0, 'The finding names no slices.');
  ensure(slices.length <= 50, `It names ${slices.length} slices; at most the 50 worst may be named.`);
  ensure(new Set(slices.map(({ name }) => name)).size === slices.length, 'Two slices have one name.');
  for (const { name, rows, value } of slices) {
    ensure(name.trim() !== '' && Number.isInteger(rows) && rows >= 0, `The slice "${name}" has ${rows} rows.`);
    ensure(value === null || Number.isFinite(value), `The slice ${name} has the value ${value}: give a finite number or null.`);
  }
  const firstPassed = slices.findIndex(({ passed }) => passed);
  ensure(
    firstPassed === -1 || slices.slice(firstPassed).every(({ passed }) => passed),
    'A slice that passed comes before one that failed: the worst come first.',
  );
}
