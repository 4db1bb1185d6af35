import type { FeatureRow, FeatureStore, FeatureValue } from '@crisol/plugin-api';
import { pause } from '../contract.js';
import type { Mutant } from './mutant.js';

const missing = (): FeatureValue => ({ value: null, status: 'not_found', eventTime: null });
const writeOf = (own: FeatureStore): NonNullable<FeatureStore['write']> =>
  own.write ?? (() => Promise.reject(new TypeError('It takes no rows.')));
const defineOf = (own: FeatureStore): NonNullable<FeatureStore['defineView']> =>
  own.defineView ?? (() => Promise.reject(new TypeError('It makes no views.')));
const mapCells = (
  cells: Awaited<ReturnType<FeatureStore['readOnline']>>,
  change: (cell: (typeof cells)[number][number]) => (typeof cells)[number][number],
) => cells.map((row) => row.map(change));

export const featureStoreMutants: readonly Mutant<FeatureStore>[] = [
  {
    name: 'lists no features',
    failedBy: 'lists its views with entities and features',
    change: (own) => ({
      ...own,
      listViews: async (signal) => (await own.listViews(signal)).map((view) => (view.name === 'driver' ? { ...view, features: [] } : view)),
    }),
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
        own.readOnline(features, rows.length === 3 ? [...new Map(rows.map((row) => [row['driver_id'], row])).values()] : rows, signal),
    }),
  },
  {
    name: 'takes an unknown entity for a null',
    failedBy: 'tells null, unknown and too old apart, without an error',
    change: (own) => ({
      ...own,
      readOnline: async (features, ...rest) =>
        mapCells(await own.readOnline(features, ...rest), (cell) =>
          features[0] === 'driver:trips' && cell.status === 'not_found' ? { ...cell, status: 'null_value' as const } : cell,
        ),
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
          rows.map(({ keys, at }) => ({ keys, at: features[0] === 'driver:trips' && rows.length === 6 ? at + 7_200_000 : at })),
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
  {
    name: 'rounds the rows of a batch to the time of the first',
    failedBy: 'answers a batch as it answers row by row, now and as of a time',
    change: (own) => ({
      ...own,
      readAsOf: (features, rows, signal) =>
        own.readAsOf(features, rows.length === 5 ? rows.map((row) => ({ ...row, at: rows[4]?.at ?? row.at })) : rows, signal),
    }),
  },
  {
    name: 'loses rows beyond the thousandth',
    failedBy: 'answers 2,000 rows in one call, and loses none',
    change: (own) => ({
      ...own,
      readOnline: async (features, rows, signal) => {
        const answer = await own.readOnline(features, rows, signal);
        return features[0]?.startsWith('driver:') ? answer.slice(0, 1_000) : answer;
      },
    }),
  },
  {
    name: 'throws a string for an unknown view',
    failedBy: 'refuses a view that does not exist, naming it, now and as of a time',
    change: (own) => ({
      ...own,
      readOnline: (...args) =>
        own.readOnline(...args).catch((error: Error) => Promise.reject(error.message.includes('no_such_view') ? error.message : error)),
    }),
  },
  {
    name: 'ignores the abort of a call as of a time',
    failedBy: 'does not answer an aborted call as of a time',
    change: (own) => ({ ...own, readAsOf: (features, rows) => own.readAsOf(features, rows, new AbortController().signal) }),
  },
  {
    name: 'answers late after an abort',
    failedBy: 'does not answer an aborted call',
    change: (own) => ({
      ...own,
      readOnline: (...args) =>
        own.readOnline(...args).catch(async (error) => {
          if (args[2].aborted) await pause(1_500);
          throw error;
        }),
    }),
  },
  {
    name: 'forgets the age of a view',
    failedBy: 'lists a view that it was told to define, with its features, types and age',
    change: (own) => ({
      ...own,
      listViews: async (signal) => (await own.listViews(signal)).map(({ maxAgeSeconds: _, ...view }) => view),
    }),
  },
  {
    name: 'makes texts of what it writes',
    failedBy: 'gives back what was written, each type as it was',
    change: (own) => ({
      ...own,
      readOnline: async (features, ...rest) =>
        mapCells(await own.readOnline(features, ...rest), (cell) => (cell.value === false ? { ...cell, value: 'false' } : cell)),
    }),
  },
  {
    name: 'lets an old row replace a newer one',
    failedBy: 'keeps the newest row by event time, whatever the order of writing',
    change: (own) => {
      let last = 0;
      return {
        ...own,
        write: (view, rows, signal) => {
          last = rows[0]?.at ?? last;
          return writeOf(own)(view, rows, signal);
        },
        readOnline: async (...args) => {
          const cells = await own.readOnline(...args);
          return mapCells(cells, (cell) => (last > 0 && cell.value === 30 && last < (cell.eventTime ?? 0) ? { ...cell, value: 20 } : cell));
        },
      };
    },
  },
  {
    name: 'keeps the row that was written first',
    failedBy: 'takes the row that was written later of two with one key and time, and one row twice for one',
    change: (own) => {
      const written = new Set<string>();
      return {
        ...own,
        write: (view, rows, signal) => {
          const fresh = rows.filter(({ keys, at }) => !written.has(JSON.stringify([view, keys, at])));
          return writeOf(own)(view, fresh, signal).then(() =>
            fresh.forEach(({ keys, at }) => written.add(JSON.stringify([view, keys, at]))),
          );
        },
      };
    },
  },
  {
    name: 'gives every view the age of a day',
    failedBy: 'calls a written value too old after the age of its view',
    change: (own) => ({ ...own, defineView: (view, signal) => defineOf(own)({ ...view, maxAgeSeconds: 86_400 }, signal) }),
  },
  {
    name: 'starts a view anew when it changes',
    failedBy: 'changes the features of a view, and keeps what was written',
    change: (own) => {
      const changed = new Set<string>();
      return {
        ...own,
        defineView: (view, signal) => {
          if (view.features.length === 6) changed.add(`${view.name}:sales`);
          return defineOf(own)(view, signal);
        },
        readOnline: async (features, ...rest) => {
          const cells = await own.readOnline(features, ...rest);
          return features.length === 1 && changed.has(features[0] ?? '') ? mapCells(cells, missing) : cells;
        },
      };
    },
  },
  {
    name: 'takes any value for any feature',
    failedBy: 'refuses rows of an unknown view and values that do not fit it',
    change: (own) => ({
      ...own,
      write: (view, rows, signal) =>
        writeOf(own)(
          view,
          rows.map((row) => (typeof row.values['sales'] === 'string' ? { ...row, values: {} } : row)),
          signal,
        ),
    }),
  },
  {
    name: 'loses every hundredth row that it writes',
    failedBy: 'writes 2,000 rows at once and from two calls at the same time, and loses none',
    change: (own) => ({
      ...own,
      write: (view, rows, signal) =>
        writeOf(own)(
          view,
          rows.filter((_, i) => i % 100 !== 99),
          signal,
        ),
    }),
  },
  {
    name: 'sorts the rows that it writes in place',
    failedBy: 'leaves the rows that it writes as they were, and takes none',
    change: (own) => ({
      ...own,
      write: async (view, rows, signal) => {
        await writeOf(own)(view, rows, signal);
        // A plain program can write into what the types call read-only.
        (rows as FeatureRow[]).sort((a, b) => a.at - b.at);
      },
    }),
  },
  {
    name: 'writes although it was aborted',
    failedBy: 'does not write what was aborted before it began',
    change: (own) => ({
      ...own,
      write: async (view, rows, signal) => {
        await writeOf(own)(view, rows, new AbortController().signal);
        signal.throwIfAborted();
      },
    }),
  },
];
