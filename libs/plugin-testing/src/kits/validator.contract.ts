import type { CheckRequest, TableReader, Validator } from '@crisol/plugin-api';
import { z } from 'zod';
import { ensure, thrownBy, within, type Contract } from '../contract.js';
import { commonCases, same, start, unchanged, type PluginSubject } from './common.js';

/** A validator to try, with a table that it can read. @public @since 1.0 */
export interface ValidatorSubject extends PluginSubject {
  /** A table with at least 10 rows. */
  readonly table: TableReader;
  /** A table with the same columns and no row. */
  readonly emptyTable: TableReader;
  /** A check that the table passes. */
  readonly passing: CheckRequest;
  /** A check that at least two rows of the table fail. */
  readonly failing: CheckRequest;
  /** A check on a column that the table does not have. */
  readonly unknownColumn?: CheckRequest;
}

function open(subject: ValidatorSubject): Validator {
  const validator = start(subject).provided.validators?.[0];
  ensure(validator !== undefined, 'setup brings no validator.');
  return validator;
}
const never = (): AbortSignal => new AbortController().signal;
const outcomes = (findings: readonly { outcome: string }[]): string => findings.map(({ outcome }) => outcome).join(', ');

/** What a validator promises. Capabilities: `columns` (its checks name columns), `failing-rows`, `empty-table`. @public @since 1.0 */
export const validatorContract: Contract<ValidatorSubject> = {
  kind: 'validator',
  cases: [
    ...commonCases<ValidatorSubject>(),
    {
      name: 'answers each check in its place',
      async run(subject) {
        const { passing, failing } = subject;
        const findings = await open(subject).validate(subject.table, [failing, passing, failing, passing], never());
        ensure(findings.length === 4, `Four checks got ${findings.length} findings.`);
        ensure(
          outcomes(findings) === 'failed, passed, failed, passed',
          `Failing, passing, failing, passing came out as ${outcomes(findings)}.`,
        );
      },
    },
    {
      name: 'says in a sentence what it found, and counts what is wrong',
      async run(subject) {
        const [finding] = await open(subject).validate(subject.table, [subject.failing], never());
        ensure(finding !== undefined && finding.message.trim().split(/\s+/).length >= 3, 'The message of a failed check is no sentence.');
        ensure((finding.unexpectedCount ?? 1) > 0, 'A failed check counts nothing unexpected.');
        ensure((finding.unexpectedValues?.length ?? 0) <= 20, 'It lists more than 20 unexpected values.');
      },
    },
    {
      name: 'finds the same when asked again',
      async run(subject) {
        const validator = open(subject);
        const checks = [subject.failing, subject.passing];
        const [one, two] = [
          await validator.validate(subject.table, checks, never()),
          await validator.validate(subject.table, checks, never()),
        ];
        ensure(same(one, two), 'The same table and checks gave two different findings.');
      },
    },
    {
      name: 'answers several calls at the same time as it answers one',
      async run(subject) {
        const validator = open(subject);
        const [failing, passing] = await Promise.all([
          validator.validate(subject.table, [subject.failing], never()),
          validator.validate(subject.table, [subject.passing], never()),
        ]);
        ensure(outcomes([...failing, ...passing]) === 'failed, passed', 'Two calls at the same time mixed their findings.');
      },
    },
    {
      name: 'leaves the checks as they were',
      async run(subject) {
        const checks = [structuredClone(subject.failing), structuredClone(subject.passing)];
        await unchanged(checks, 'It changed the checks that it was given.', () => open(subject).validate(subject.table, checks, never()));
      },
    },
    {
      name: 'calls a check on an unknown column errored, and names the columns that exist',
      needs: 'columns',
      async run(subject) {
        ensure(subject.unknownColumn !== undefined, 'The subject has no check on an unknown column.');
        const [finding, other] = await open(subject).validate(subject.table, [subject.unknownColumn, subject.passing], never());
        ensure(finding?.outcome === 'errored', `An unknown column is ${finding?.outcome}, not errored.`);
        ensure(other?.outcome === 'passed', 'One check on an unknown column spoils the next.');
        const unnamed = subject.table.columns.filter(({ name }) => !finding.message.includes(name));
        ensure(unnamed.length === 0, 'The message does not name the columns that exist.');
      },
    },
    {
      name: 'judges an empty table without an error',
      needs: 'empty-table',
      async run(subject) {
        const findings = await open(subject).validate(subject.emptyTable, [subject.passing, subject.failing], never());
        ensure(
          findings.length === 2 && findings.every(({ outcome }) => outcome !== 'errored'),
          `On an empty table: ${outcomes(findings)}.`,
        );
      },
    },
    {
      name: 'names the failing rows ascending and page by page, as many as it counted',
      needs: 'failing-rows',
      async run(subject) {
        const validator = open(subject);
        const { table, failing } = subject;
        const [finding] = await validator.validate(table, [failing], never());
        const page = async (offset: number, limit: number) => [
          ...((await validator.failingRows?.(table, failing, { offset, limit }, never())) ?? []),
        ];
        const all = await page(0, 1_000);
        ensure(finding?.hasFailingRows === true && all.length > 1, 'hasFailingRows is not set, or no rows are named.');
        ensure(
          all.length === (finding.unexpectedCount ?? all.length),
          `It counted ${finding.unexpectedCount} and names ${all.length} rows.`,
        );
        ensure(
          all.every((row, i) => i === 0 || row > (all[i - 1] ?? 0)),
          'The rows are not ascending.',
        );
        ensure(same([...(await page(0, 1)), ...(await page(1, 1_000))], all), 'Two pages together are not the whole.');
      },
    },
    {
      name: 'stops within a second when it is aborted',
      async run(subject) {
        const abort = new AbortController();
        const stuck: TableReader = {
          ...subject.table,
          query: (_sql, _parameters, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        };
        const running = thrownBy(
          () => open(subject).validate(stuck, [subject.failing], abort.signal),
          'It answers although its query never did.',
        );
        setImmediate(() => abort.abort());
        await within(1_000, 'It goes on for more than a second after the abort: hand the signal to each query.', () => running);
      },
    },
    {
      name: 'has check types whose kwargs refuse unknown keys and export as JSON Schema',
      async run(subject) {
        const { checkTypes } = open(subject);
        for (const { type, kwargs } of checkTypes) {
          const wrong = kwargs.safeParse({ 'no such argument': 1 });
          ensure(!wrong.success, `${type} takes an unknown argument: use z.strictObject.`);
          z.toJSONSchema(kwargs, { io: 'input', unrepresentable: 'any' });
        }
        for (const { type, kwargs } of [subject.passing, subject.failing]) {
          const known = checkTypes.find((one) => one.type === type);
          ensure(known?.kwargs.safeParse(kwargs).success === true, `The check ${type} of the subject does not fit its own schema.`);
        }
      },
    },
  ],
};
