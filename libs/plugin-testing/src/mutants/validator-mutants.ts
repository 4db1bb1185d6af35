import type { CheckFinding, CheckRequest, Validator } from '@crisol/plugin-api';
import { z } from 'zod';
import { pause } from '../contract.js';
import type { Mutant } from './mutant.js';

type Judge = NonNullable<Validator['judgeModel']>;
const judgeOf = (own: Validator): Judge => own.judgeModel ?? (() => Promise.reject(new TypeError('It judges no models.')));
const found =
  (own: Validator, change: (finding: CheckFinding, check: CheckRequest | undefined) => CheckFinding): Validator['validate'] =>
  async (table, checks, signal) =>
    (await own.validate(table, checks, signal)).map((one, i) => change(one, checks[i]));
const judged =
  (own: Validator, change: (finding: CheckFinding, check: CheckRequest | undefined) => CheckFinding): Judge =>
  async (facts, checks, signal) =>
    (await judgeOf(own)(facts, checks, signal)).map((one, i) => change(one, checks[i]));

export const validatorMutants: readonly Mutant<Validator>[] = [
  {
    name: 'answers in another order',
    failedBy: 'answers each check in its place',
    change: (own) => ({
      ...own,
      validate: async (table, checks, signal) => {
        const findings = await own.validate(table, checks, signal);
        return checks.length === 4 ? [...findings].reverse() : findings;
      },
    }),
  },
  {
    name: 'says only "failed"',
    failedBy: 'says in a sentence what it found, and counts what is wrong',
    change: (own) => ({
      ...own,
      validate: async (...args) =>
        (await own.validate(...args)).map((one) => ({ ...one, message: one.outcome === 'failed' ? 'failed' : one.message })),
    }),
  },
  {
    name: 'remembers what it found before',
    failedBy: 'finds the same when asked again',
    change: (own) => {
      let calls = 0;
      return {
        ...own,
        validate: async (...args) => {
          const call = ++calls;
          return (await own.validate(...args)).map((one) => ({ ...one, message: `${one.message} (call ${call})` }));
        },
      };
    },
  },
  {
    name: 'keeps the table of the last call in a field',
    failedBy: 'answers several calls at the same time as it answers one',
    change: (own) => {
      let current: Parameters<Validator['validate']>[1] = [];
      return {
        ...own,
        validate: async (table, checks, signal) => {
          current = checks;
          await Promise.resolve();
          return own.validate(table, current, signal);
        },
      };
    },
  },
  {
    name: 'writes into the checks',
    failedBy: 'leaves the checks as they were',
    change: (own) => ({
      ...own,
      validate: async (table, checks, signal) => {
        const findings = await own.validate(table, checks, signal);
        for (const check of checks) Object.assign(check, { done: true });
        return findings;
      },
    }),
  },
  {
    name: 'takes an unknown column for a failed check',
    failedBy: 'calls a check on an unknown column errored, and names the columns that exist',
    change: (own) => ({
      ...own,
      validate: async (...args) =>
        (await own.validate(...args)).map((one) => (/no column/.test(one.message) ? { ...one, outcome: 'failed' } : one)),
    }),
  },
  {
    name: 'divides by the number of rows',
    failedBy: 'judges an empty table without an error',
    change: (own) => ({
      ...own,
      validate: async (table, ...rest) =>
        (await own.validate(table, ...rest)).map((one) =>
          table.rowCount === 0 ? { ...one, outcome: 'errored', message: 'The ratio is not a number.' } : one,
        ),
    }),
  },
  {
    name: 'loses the first failing row of each later page',
    failedBy: 'names the failing rows ascending and page by page, as many as it counted',
    change: (own) => ({
      ...own,
      failingRows: async (table, check, page, signal) => {
        const rows = (await own.failingRows?.(table, check, page, signal)) ?? [];
        return page.offset > 0 ? rows.slice(1) : rows;
      },
    }),
  },
  {
    name: 'ignores the abort',
    failedBy: 'stops within a second when it is aborted',
    change: (own) => ({ ...own, validate: (table, checks) => own.validate(table, checks, new AbortController().signal) }),
  },
  {
    name: 'answers long after the abort',
    failedBy: 'stops within a second when it is aborted',
    change: (own) => ({
      ...own,
      validate: (...args) =>
        own.validate(...args).catch(async (error) => {
          await pause(2_000);
          throw error;
        }),
    }),
  },
  {
    name: 'throws a string when a query fails',
    failedBy: 'calls a check errored, or throws an error, when its query fails',
    change: (own) => ({ ...own, validate: (...args) => own.validate(...args).catch((error: Error) => Promise.reject(error.message)) }),
  },
  {
    name: 'passes a check that it does not know',
    failedBy: 'calls a check of an unknown type errored, naming it, and runs the others',
    change: (own) => ({
      ...own,
      validate: found(own, (one, check) => (check?.type === 'no_such_check' ? { ...one, outcome: 'passed' } : one)),
    }),
  },
  {
    name: 'loses findings beyond the hundredth',
    failedBy: 'answers two hundred checks in one call',
    change: (own) => ({ ...own, validate: async (...args) => (await own.validate(...args)).slice(0, 100) }),
  },
  {
    name: 'counts below zero',
    failedBy: 'gives findings that are plain data in the shape of the contract',
    change: (own) => ({ ...own, validate: found(own, (one) => ({ ...one, elementCount: -1 })) }),
  },
  {
    name: 'gives a function among its findings',
    failedBy: 'gives findings that are plain data in the shape of the contract',
    change: (own) => {
      const more = (): void => undefined;
      return { ...own, validate: found(own, (one) => ({ ...one, observed: more })) };
    },
  },
  {
    name: 'takes unknown arguments',
    failedBy: 'has check types whose kwargs refuse unknown keys and export as JSON Schema',
    change: (own) => ({ ...own, checkTypes: own.checkTypes.map((one) => ({ ...one, kwargs: z.looseObject({}) })) }),
  },
  {
    name: 'judges in another order',
    failedBy: 'judges a version, one finding for each check in its place',
    change: (own) => ({
      ...own,
      judgeModel: async (facts, checks, signal) => {
        const findings = await judgeOf(own)(facts, checks, signal);
        return checks.length === 4 ? [...findings].reverse() : findings;
      },
    }),
  },
  {
    name: 'says only "failed" of a version',
    failedBy: 'says of a version in a sentence what it found and what was asked',
    change: (own) => ({ ...own, judgeModel: judged(own, (one) => (one.outcome === 'failed' ? { ...one, message: 'failed' } : one)) }),
  },
  {
    name: 'judges by a throw of the dice',
    failedBy: 'judges a version the same when asked again, and at the same time',
    change: (own) => ({ ...own, judgeModel: judged(own, (one) => ({ ...one, observed: crypto.randomUUID() })) }),
  },
  {
    name: 'writes into the facts',
    failedBy: 'leaves the facts and the checks of a version as they were',
    // A plain program can write into what the types call read-only.
    change: (own) => ({
      ...own,
      judgeModel: (facts, ...rest) => judgeOf(own)(Object.assign(facts, { model: `${facts.model}, judged` }), ...rest),
    }),
  },
  {
    name: 'passes a check of a version that it does not know',
    failedBy: 'calls a check of a version of an unknown type errored, naming it, and runs the others',
    change: (own) => ({
      ...own,
      judgeModel: judged(own, (one, check) => (check?.type === 'no_such_check' ? { ...one, outcome: 'passed' } : one)),
    }),
  },
  {
    name: 'cannot judge without test rows',
    failedBy: 'judges a version whose test rows are gone',
    change: (own) => ({
      ...own,
      judgeModel: (facts, ...rest) => (facts.test ? judgeOf(own)(facts, ...rest) : Promise.reject(new TypeError('test is null'))),
    }),
  },
  {
    name: 'cannot judge a first version',
    failedBy: 'judges a first version, that has no incumbent and no callers',
    change: (own) => ({
      ...own,
      judgeModel: (facts, ...rest) =>
        facts.incumbent ? judgeOf(own)(facts, ...rest) : Promise.reject(new TypeError('cannot read metrics of null')),
    }),
  },
  {
    name: 'judges on after an abort',
    failedBy: 'ends judging a version within a second of an abort',
    change: (own) => ({ ...own, judgeModel: (facts, checks) => judgeOf(own)(facts, checks, new AbortController().signal) }),
  },
  {
    name: 'takes unknown arguments of a model check',
    failedBy: 'has model check types whose kwargs refuse unknown keys, take their examples and export as JSON Schema',
    change: (own) => ({ ...own, modelCheckTypes: own.modelCheckTypes?.map((one) => ({ ...one, kwargs: z.looseObject({}) })) }),
  },
  {
    name: 'names its best slices first',
    failedBy: 'names slices with their rows and numbers, those that failed first',
    change: (own) => ({
      ...own,
      judgeModel: judged(own, (one) => ({ ...one, ...(one.slices ? { slices: [...one.slices].reverse() } : {}) })),
    }),
  },
];
