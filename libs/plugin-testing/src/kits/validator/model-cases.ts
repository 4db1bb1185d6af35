import type { ModelFacts } from '@crisol/plugin-api';
import { ensure, within, type ContractCase } from '../../contract.js';
import { inWords, same } from '../compare.js';
import { ensureCheckTypes } from './check-types.js';
import {
  ensureSentence,
  ensureShape,
  ensureSlices,
  never,
  openModels,
  openTables,
  outcomes,
  stuckTable,
  type ValidatorSubject,
} from './subject.js';

/** What can be copied of facts: the reader of test rows has functions. */
const plainFacts = ({ test: _, ...rest }: ModelFacts): Omit<ModelFacts, 'test'> => rest;

/** Fails when judging throws, or does not give one finding for each check. */
async function ensureJudged(subject: ValidatorSubject, change: Partial<ModelFacts>, when: string): Promise<void> {
  const { judge, facts, passing, failing } = openModels(subject);
  try {
    const findings = await judge({ ...facts, ...change }, [passing, failing], never());
    ensure(findings.length === 2, `${when} two checks got ${findings.length} findings.`);
    for (const finding of findings) ensureShape(finding);
  } catch (error) {
    ensure(false, `${when} it must give a finding for each check; it failed: ${inWords(error)}`);
  }
}

/** What judging model versions promises; the subject gives the facts. */
export const modelVersionCases: readonly ContractCase<ValidatorSubject>[] = [
  {
    name: 'judges a version, one finding for each check in its place',
    needs: 'models',
    async run(subject) {
      const { judge, facts, passing, failing } = openModels(subject);
      const findings = await judge(facts, [failing, passing, failing, passing], never());
      ensure(
        outcomes(findings) === 'failed, passed, failed, passed',
        `Failing, passing, failing, passing came out as ${outcomes(findings) || 'nothing'}.`,
      );
    },
  },
  {
    name: 'says of a version in a sentence what it found and what was asked',
    needs: 'models',
    async run(subject) {
      const { judge, facts, failing } = openModels(subject);
      const [finding] = await judge(facts, [failing], never());
      ensureSentence(finding);
      ensureShape(finding);
    },
  },
  {
    name: 'judges a version the same when asked again, and at the same time',
    needs: 'models',
    async run(subject) {
      const { judge, facts, passing, failing } = openModels(subject);
      const one = await judge(facts, [failing, passing], never());
      const [two, other] = await Promise.all([judge(facts, [failing, passing], never()), judge(facts, [passing], never())]);
      ensure(same(one, two) && same(one[1], other[0]), 'The same facts and checks gave two different findings: a gate must be pure.');
    },
  },
  {
    name: 'leaves the facts and the checks of a version as they were',
    needs: 'models',
    async run(subject) {
      const { judge, facts, passing, failing } = openModels(subject);
      const [handed, checks] = [{ ...structuredClone(plainFacts(facts)), test: facts.test }, structuredClone([failing, passing])];
      const before = structuredClone({ facts: plainFacts(handed), checks });
      await judge(handed, checks, never());
      ensure(same(before, { facts: plainFacts(handed), checks }), 'It changed the facts or the checks that it was given.');
    },
  },
  {
    name: 'calls a check of a version of an unknown type errored, naming it, and runs the others',
    needs: 'models',
    async run(subject) {
      const { judge, facts, passing } = openModels(subject);
      const [finding, other] = await judge(facts, [{ type: 'no_such_check', kwargs: {} }, passing], never());
      ensure(finding?.outcome === 'errored', `A check of an unknown type is ${finding?.outcome ?? 'not answered'}, not errored.`);
      ensure(finding.message.includes('no_such_check'), 'The message does not name the type that is unknown.');
      ensure(other?.outcome === 'passed', 'A check of an unknown type spoils the next.');
    },
  },
  {
    name: 'judges a version whose test rows are gone',
    needs: 'models',
    run: (subject) => ensureJudged(subject, { test: null }, 'Without test rows'),
  },
  {
    name: 'judges a first version, that has no incumbent and no callers',
    needs: 'models',
    run: (subject) => ensureJudged(subject, { incumbent: null, callers: [] }, 'Without an incumbent and callers'),
  },
  {
    name: 'ends judging a version within a second of an abort',
    needs: 'models',
    async run(subject) {
      const { judge, facts, passing, failing } = openModels(subject);
      const abort = new AbortController();
      const test = facts.test ? stuckTable(facts.test) : null;
      const judging = judge({ ...facts, test }, [failing, passing], abort.signal).catch(() => undefined);
      setImmediate(() => abort.abort());
      await within(1_000, 'It goes on for more than a second after the abort: hand the signal to each query.', () => judging);
    },
  },
  {
    name: 'has model check types whose kwargs refuse unknown keys, take their examples and export as JSON Schema',
    needs: 'models',
    async run(subject) {
      const { validator, passing, failing } = openModels(subject);
      ensureCheckTypes(validator.modelCheckTypes ?? [], [passing, failing]);
    },
  },
  {
    name: 'names slices with their rows and numbers, those that failed first',
    needs: 'slices',
    async run(subject) {
      ensure(subject.sliced !== undefined, 'The subject has no check with slices.');
      const { type } = subject.sliced;
      const isOfModels = subject.facts !== undefined && openModels(subject).validator.modelCheckTypes?.some((one) => one.type === type);
      const [finding] = isOfModels
        ? await openModels(subject).judge(openModels(subject).facts, [subject.sliced], never())
        : await openTables(subject).validator.validate(openTables(subject).table, [subject.sliced], never());
      ensure(finding !== undefined, 'The sliced check got no finding.');
      ensureSlices(finding);
    },
  },
];
