import { PluginError } from '@crisol/plugin-api';
import { ensure, thrownBy, within, type ContractCase } from '../../contract.js';
import { inWords, same, unchanged } from '../compare.js';
import { ensureCheckTypes } from './check-types.js';
import { brokenTable, ensureSentence, ensureShape, never, openTables, outcomes, stuckTable, type ValidatorSubject } from './subject.js';

/** What judging tables promises. */
export const tableCases: readonly ContractCase<ValidatorSubject>[] = [
  {
    name: 'answers each check in its place',
    needs: 'tables',
    async run(subject) {
      const { validator, table, passing, failing } = openTables(subject);
      const findings = await validator.validate(table, [failing, passing, failing, passing], never());
      ensure(findings.length === 4, `Four checks got ${findings.length} findings.`);
      ensure(
        outcomes(findings) === 'failed, passed, failed, passed',
        `Failing, passing, failing, passing came out as ${outcomes(findings)}.`,
      );
    },
  },
  {
    name: 'says in a sentence what it found, and counts what is wrong',
    needs: 'tables',
    async run(subject) {
      const { validator, table, failing } = openTables(subject);
      const [finding] = await validator.validate(table, [failing], never());
      ensureSentence(finding);
      ensure((finding.unexpectedCount ?? 1) > 0, 'A failed check counts nothing unexpected.');
      ensure((finding.unexpectedValues?.length ?? 0) <= 20, 'It lists more than 20 unexpected values.');
    },
  },
  {
    name: 'finds the same when asked again',
    needs: 'tables',
    async run(subject) {
      const { validator, table, passing, failing } = openTables(subject);
      const checks = [failing, passing];
      const [one, two] = [await validator.validate(table, checks, never()), await validator.validate(table, checks, never())];
      ensure(same(one, two), 'The same table and checks gave two different findings.');
    },
  },
  {
    name: 'answers several calls at the same time as it answers one',
    needs: 'tables',
    async run(subject) {
      const { validator, table, passing, failing } = openTables(subject);
      const [failed, passed] = await Promise.all([
        validator.validate(table, [failing], never()),
        validator.validate(table, [passing], never()),
      ]);
      ensure(outcomes([...failed, ...passed]) === 'failed, passed', 'Two calls at the same time mixed their findings.');
    },
  },
  {
    name: 'leaves the checks as they were',
    needs: 'tables',
    async run(subject) {
      const { validator, table, passing, failing } = openTables(subject);
      const checks = [structuredClone(failing), structuredClone(passing)];
      await unchanged(checks, 'It changed the checks that it was given.', () => validator.validate(table, checks, never()));
    },
  },
  {
    name: 'calls a check on an unknown column errored, and names the columns that exist',
    needs: 'columns',
    async run(subject) {
      const { validator, table, passing, unknownColumn } = openTables(subject);
      ensure(unknownColumn !== undefined, 'The subject has no check on an unknown column.');
      const [finding, other] = await validator.validate(table, [unknownColumn, passing], never());
      ensure(finding?.outcome === 'errored', `An unknown column is ${finding?.outcome}, not errored.`);
      ensure(other?.outcome === 'passed', 'One check on an unknown column spoils the next.');
      const unnamed = table.columns.filter(({ name }) => !finding.message.includes(name));
      ensure(unnamed.length === 0, 'The message does not name the columns that exist.');
    },
  },
  {
    name: 'judges an empty table without an error',
    needs: 'empty-table',
    async run(subject) {
      const { validator, emptyTable, passing, failing } = openTables(subject);
      ensure(emptyTable !== undefined, 'The subject has no empty table.');
      const findings = await validator.validate(emptyTable, [passing, failing], never());
      ensure(findings.length === 2 && findings.every(({ outcome }) => outcome !== 'errored'), `On an empty table: ${outcomes(findings)}.`);
    },
  },
  {
    name: 'names the failing rows ascending and page by page, as many as it counted',
    needs: 'failing-rows',
    async run(subject) {
      const { validator, table, failing } = openTables(subject);
      const [finding] = await validator.validate(table, [failing], never());
      const page = async (offset: number, limit: number) => [
        ...((await validator.failingRows?.(table, failing, { offset, limit }, never())) ?? []),
      ];
      const all = await page(0, 1_000);
      ensure(finding?.hasFailingRows === true && all.length > 1, 'hasFailingRows is not set, or no rows are named.');
      ensure(all.length === (finding.unexpectedCount ?? all.length), `It counted ${finding.unexpectedCount} and names ${all.length} rows.`);
      ensure(
        all.every((row, i) => i === 0 || row > (all[i - 1] ?? 0)),
        'The rows are not ascending.',
      );
      ensure(same([...(await page(0, 1)), ...(await page(1, 1_000))], all), 'Two pages together are not the whole.');
    },
  },
  {
    name: 'stops within a second when it is aborted',
    needs: 'tables',
    async run(subject) {
      const { validator, table, failing } = openTables(subject);
      const abort = new AbortController();
      const running = thrownBy(
        () => validator.validate(stuckTable(table), [failing], abort.signal),
        'It answers although its query never did.',
      );
      setImmediate(() => abort.abort());
      await within(1_000, 'It goes on for more than a second after the abort: hand the signal to each query.', () => running);
    },
  },
  {
    name: 'calls a check errored, or throws an error, when its query fails',
    needs: 'tables',
    async run(subject) {
      const { validator, table, failing } = openTables(subject);
      const broken = brokenTable(table, new PluginError('invalid_input', 'The query was refused.'));
      const [finding] = await validator.validate(broken, [failing], never()).catch((thrown: unknown) => {
        ensure(thrown instanceof Error, `When its query fails it throws ${inWords(thrown)}: throw an Error, or call the check errored.`);
        return [undefined];
      });
      ensure(finding === undefined || finding.outcome === 'errored', `A check whose query failed is ${finding?.outcome}, not errored.`);
    },
  },
  {
    name: 'calls a check of an unknown type errored, naming it, and runs the others',
    needs: 'tables',
    async run(subject) {
      const { validator, table, passing } = openTables(subject);
      const [finding, other] = await validator.validate(table, [{ type: 'no_such_check', kwargs: {} }, passing], never());
      ensure(finding?.outcome === 'errored', `A check of an unknown type is ${finding?.outcome}, not errored.`);
      ensure(finding.message.includes('no_such_check'), 'The message does not name the type that is unknown.');
      ensure(other?.outcome === 'passed', 'A check of an unknown type spoils the next.');
    },
  },
  {
    name: 'answers two hundred checks in one call',
    needs: 'tables',
    async run(subject) {
      const { validator, table, passing, failing } = openTables(subject);
      const checks = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? passing : failing));
      const findings = await validator.validate(table, checks, never());
      ensure(findings.length === 200, `Two hundred checks got ${findings.length} findings.`);
      ensure(
        findings.every(({ outcome }, i) => outcome === (i % 2 === 0 ? 'passed' : 'failed')),
        'Two hundred checks got each other’s findings.',
      );
    },
  },
  {
    name: 'gives findings that are plain data in the shape of the contract',
    needs: 'tables',
    async run(subject) {
      const { validator, table, passing, failing } = openTables(subject);
      for (const finding of await validator.validate(table, [passing, failing], never())) ensureShape(finding);
    },
  },
  {
    name: 'has check types whose kwargs refuse unknown keys and export as JSON Schema',
    needs: 'tables',
    async run(subject) {
      const { validator, passing, failing } = openTables(subject);
      const { checkTypes } = validator;
      ensureCheckTypes(checkTypes, [passing, failing]);
    },
  },
];
