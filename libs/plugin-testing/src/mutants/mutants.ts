import { PluginError, type FeatureStore, type ModelType, type Notifier, type Validator } from '@crisol/plugin-api';
import { z } from 'zod';
import type { Change } from '../references/notifier.js';

/** A broken implementation, and the one case that must catch it. */
export interface Mutant<T> {
  readonly name: string;
  readonly failedBy: string;
  readonly change: Change<T>;
}

export const notifierMutants: readonly Mutant<Notifier>[] = [
  {
    name: 'throws a string when the other side is down',
    failedBy: 'asks for another try when the other side is down or busy',
    change: (own) => ({
      ...own,
      send: (...args) =>
        own.send(...args).catch((error) => Promise.reject(error instanceof PluginError && error.code === 'retry' ? error.message : error)),
    }),
  },
  {
    name: 'takes every refusal for a reason to try again',
    failedBy: 'asks for no other try when the other side refuses for good',
    change: (own) => ({
      ...own,
      send: (...args) => own.send(...args).catch((error: Error) => Promise.reject(new PluginError('retry', error.message))),
    }),
  },
  {
    name: 'ignores the abort',
    failedBy: 'ends within half a second of an abort',
    change: (own) => ({ ...own, send: (message, target) => own.send(message, target, new AbortController().signal) }),
  },
  {
    name: 'writes into the message',
    failedBy: 'leaves the message and the target as they were',
    change: (own) => ({
      ...own,
      send: (message, ...rest) => own.send(Object.assign(message, { title: message.title.toUpperCase() }), ...rest),
    }),
  },
  {
    name: 'sends every message twice',
    failedBy: 'delivers each message once, also when several are sent at the same time',
    change: (own) => ({ ...own, send: async (...args) => (await own.send(...args)) && own.send(...args) }),
  },
  {
    name: 'forgets when it delivered',
    failedBy: 'delivers a message and says when',
    change: (own) => ({ ...own, send: async (...args) => ({ ...(await own.send(...args)), deliveredAt: NaN }) }),
  },
  {
    name: 'previews nothing',
    failedBy: 'shows a preview with the title, without sending',
    change: (own) => ({ ...own, preview: () => '' }),
  },
  {
    name: 'takes unknown fields in its target',
    failedBy: 'has a target schema that refuses unknown keys and exports as JSON Schema',
    change: (own) => ({ ...own, target: z.looseObject({ url: z.url() }) }),
  },
];

export const modelTypeMutants: readonly Mutant<ModelType>[] = [
  {
    name: 'forgets the last column in its graph',
    failedBy: 'trains each task that it declares and gives an ONNX graph that names every input column',
    change: (own) => ({
      ...own,
      train: async (...args) => ({ ...(await own.train(...args)), onnx: new TextEncoder().encode('size,count,open,day') }),
    }),
  },
  {
    name: 'trains another model each time',
    failedBy: 'gives the same model for the same input and seed',
    change: (own) => {
      let trainings = 0;
      return {
        ...own,
        train: async (...args) => {
          const model = await own.train(...args);
          return { ...model, onnx: Buffer.concat([model.onnx, Buffer.from([trainings++])]) };
        },
      };
    },
  },
  {
    name: 'gives a negative importance',
    failedBy: 'gives each input column an importance that is not negative',
    change: (own) => ({
      ...own,
      train: async (...args) => {
        const model = await own.train(...args);
        return { ...model, importance: model.importance.map((one) => ({ ...one, value: -1 })) };
      },
    }),
  },
  {
    name: 'predicts a row otherwise when it comes alone',
    failedBy: 'predicts a batch as it predicts row by row, with finite numbers and probabilities that sum to one',
    change: (own) => ({
      ...own,
      train: async (...args) => {
        const model = await own.train(...args);
        return {
          ...model,
          predict: (table) => (model.predict?.(table) ?? new Float64Array()).map((value) => (table.rows === 1 ? value / 2 : value)),
        };
      },
    }),
  },
  {
    name: 'fills missing values in the host’s own arrays',
    failedBy: 'leaves the table and the target as they were',
    change: (own) => ({
      ...own,
      train: (input, ...rest) => {
        for (const column of input.table.columns)
          if (column.type !== 'text') column.values.forEach((value, i, all) => (all[i] = Number.isNaN(value) ? 0 : value));
        return own.train(input, ...rest);
      },
    }),
  },
  {
    name: 'reports progress backwards',
    failedBy: 'reports progress that only grows, from 0 to 1',
    change: (own) => ({
      ...own,
      train: (input, report, signal) =>
        own.train(input, { ...report, progress: (ratio, message) => report.progress(1 - ratio, message) }, signal),
    }),
  },
  {
    name: 'ignores the abort',
    failedBy: 'stops within two seconds when it is aborted',
    change: (own) => ({ ...own, train: (input, report) => own.train(input, report, new AbortController().signal) }),
  },
  {
    name: 'takes no rows for a fault of its own',
    failedBy: 'refuses a table without rows, saying so',
    change: (own) => ({
      ...own,
      train: (input, ...rest) =>
        input.table.rows === 0 ? Promise.reject(new TypeError('cannot read properties of undefined')) : own.train(input, ...rest),
    }),
  },
  {
    name: 'takes unknown parameters',
    failedBy: 'has parameters with a default each, that refuse unknown keys and export as JSON Schema',
    change: (own) => {
      const strict = own.params;
      return { ...own, params: z.looseObject({}).pipe(z.transform(() => strict.parse({}))) };
    },
  },
];

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
        (await own.validate(...args)).map((one) => (one.outcome === 'errored' ? { ...one, outcome: 'failed' } : one)),
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
];

const mapCells = (
  cells: Awaited<ReturnType<FeatureStore['readOnline']>>,
  change: (cell: (typeof cells)[number][number]) => (typeof cells)[number][number],
) => cells.map((row) => row.map(change));

export const featureStoreMutants: readonly Mutant<FeatureStore>[] = [
  {
    name: 'lists no features',
    failedBy: 'lists its views with entities and features',
    change: (own) => ({ ...own, listViews: async (signal) => (await own.listViews(signal)).map((view) => ({ ...view, features: [] })) }),
  },
  {
    name: 'gives the time of asking for the time of the event',
    failedBy: 'gives the newest value by event time, not by the order of writing',
    change: (own) => ({
      ...own,
      readOnline: async (...args) => mapCells(await own.readOnline(...args), (cell) => ({ ...cell, eventTime: 0 })),
    }),
  },
  {
    name: 'answers each entity once, however often it was asked for',
    failedBy: 'keeps the order of rows and of features',
    change: (own) => ({
      ...own,
      readOnline: (features, rows, signal) =>
        own.readOnline(features, [...new Map(rows.map((row) => [row['driver_id'], row])).values()], signal),
    }),
  },
  {
    name: 'takes an unknown entity for a null',
    failedBy: 'tells null, unknown and too old apart, without an error',
    change: (own) => ({
      ...own,
      readOnline: async (...args) =>
        mapCells(await own.readOnline(...args), (cell) => (cell.status === 'not_found' ? { ...cell, status: 'null_value' } : cell)),
    }),
  },
  {
    name: 'sees two hours into the future',
    failedBy: 'never sees the future of a row, and sees what happened at its very moment',
    change: (own) => ({
      ...own,
      readAsOf: (features, rows, signal) =>
        own.readAsOf(
          features,
          rows.map(({ keys, at }) => ({ keys, at: at + 7_200_000 })),
          signal,
        ),
    }),
  },
  {
    name: 'never calls an old value of history too old',
    failedBy: 'measures age at the time of the row, not now',
    change: (own) => ({
      ...own,
      readAsOf: async (...args) =>
        mapCells(await own.readAsOf(...args), (cell) =>
          cell.status === 'outside_max_age' ? { ...cell, status: 'present', value: 99 } : cell,
        ),
    }),
  },
  {
    name: 'keeps the rows of the last call in a field',
    failedBy: 'answers several calls at the same time as it answers one',
    change: (own) => {
      let current: Parameters<FeatureStore['readOnline']>[1] = [];
      return {
        ...own,
        readOnline: async (features, rows, signal) => {
          current = rows;
          await Promise.resolve();
          return own.readOnline(features, current, signal);
        },
      };
    },
  },
  {
    name: 'answers for a feature that does not exist',
    failedBy: 'refuses a feature that does not exist, naming it',
    change: (own) => ({
      ...own,
      readOnline: (features, ...rest) =>
        own.readOnline(
          features.map((name) => (name === 'driver:no_such' ? 'driver:city' : name)),
          ...rest,
        ),
    }),
  },
  {
    name: 'sorts the features that it was given',
    failedBy: 'leaves what it was given as it was, and takes no rows for an answer of none',
    change: (own) => ({
      ...own,
      readOnline: async (features, ...rest) => {
        const answer = await own.readOnline(features, ...rest);
        // A plain program can write into what the types call read-only.
        (features as string[]).sort();
        return answer;
      },
    }),
  },
  {
    name: 'ignores the abort',
    failedBy: 'does not answer an aborted call',
    change: (own) => ({ ...own, readOnline: (features, rows) => own.readOnline(features, rows, new AbortController().signal) }),
  },
];
