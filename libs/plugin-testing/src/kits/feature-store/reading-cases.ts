import { ensure, thrownBy, within, type ContractCase } from '../../contract.js';
import { ensurePluginError, same, unchanged } from '../compare.js';
import { driver, features, HOUR, never, open, told, type FeatureStoreSubject } from './subject.js';

/** What reading promises; every store reads. */
export const readingCases: readonly ContractCase<FeatureStoreSubject>[] = [
  {
    name: 'lists its views with entities and features',
    async run(subject) {
      const view = (await (await open(subject)).listViews(never())).find(({ name }) => name === 'driver');
      ensure(view !== undefined && view.entities.includes('driver_id'), 'The view driver with the entity driver_id is not listed.');
      ensure(
        same(view.features.map(({ name }) => name).sort(), ['city', 'trips']),
        'The features of the view driver are not city and trips.',
      );
    },
  },
  {
    name: 'gives the newest value by event time, not by the order of writing',
    async run(subject) {
      const [row] = await (await open(subject)).readOnline(features(), [driver(1)], never());
      ensure(row?.[0]?.value === 30 && row[1]?.value === 'Cusco', `Driver 1 has 30 trips in Cusco; it gives ${told(row && [row])}.`);
      ensure(row[0].eventTime === subject.now - HOUR, 'The event time is not that of the value.');
    },
  },
  {
    name: 'keeps the order of rows and of features',
    async run(subject) {
      const store = await open(subject);
      const rows = await store.readOnline(['driver:city', 'driver:trips'], [driver(2), driver(1), driver(2)], never());
      ensure(
        told(rows) === '[["Ica","null_value"],["Cusco",30],["Ica","null_value"]]',
        `Asked for drivers 2, 1, 2 and city, trips; it gives ${told(rows)}.`,
      );
    },
  },
  {
    name: 'tells null, unknown and too old apart, without an error',
    async run(subject) {
      const rows = await (await open(subject)).readOnline(['driver:trips'], [driver(2), driver(404), driver(3)], never());
      ensure(
        told(rows) === '[["null_value"],["not_found"],["outside_max_age"]]',
        `A null, an unknown driver and a value of two days ago give ${told(rows)}.`,
      );
    },
  },
  {
    name: 'never sees the future of a row, and sees what happened at its very moment',
    async run(subject) {
      const store = await open(subject);
      const { now } = subject;
      const at = [now - 6 * HOUR, now - 5 * HOUR, now - 4 * HOUR, now - 3 * HOUR, now - HOUR - 1, now];
      const rows = await store.readAsOf(
        ['driver:trips'],
        at.map((time) => ({ keys: driver(1), at: time })),
        never(),
      );
      ensure(
        told(rows) === '[["not_found"],[10],[10],[20],[20],[30]]',
        `At −6, −5, −4, −3, −1 h − 1 ms and now driver 1 had none, 10, 10, 20, 20, 30 trips; it gives ${told(rows)}.`,
      );
    },
  },
  {
    name: 'measures age at the time of the row, not now',
    async run(subject) {
      const store = await open(subject);
      const times = [subject.now - 47 * HOUR, subject.now - 20 * HOUR];
      const rows = await store.readAsOf(
        ['driver:trips'],
        times.map((at) => ({ keys: driver(3), at })),
        never(),
      );
      ensure(told(rows) === '[[99],["outside_max_age"]]', `An hour and a day after the value it gives ${told(rows)}.`);
    },
  },
  {
    name: 'answers several calls at the same time as it answers one',
    async run(subject) {
      const store = await open(subject);
      const answers = await Promise.all([1, 2, 1, 2].map((id) => store.readOnline(['driver:city'], [driver(id)], never())));
      ensure(answers.map(told).join() === '[["Cusco"]],[["Ica"]],[["Cusco"]],[["Ica"]]', 'Calls at the same time mixed their answers.');
    },
  },
  {
    name: 'refuses a feature that does not exist, naming it',
    async run(subject) {
      const store = await open(subject);
      const thrown = await thrownBy(
        () => store.readOnline(['driver:no_such'], [driver(1)], never()),
        'It answers for a feature that does not exist.',
      );
      ensurePluginError(thrown, ['invalid_input'], 'On an unknown feature');
      ensure(thrown instanceof Error && thrown.message.includes('no_such'), 'The error does not name the unknown feature.');
    },
  },
  {
    name: 'leaves what it was given as it was, and takes no rows for an answer of none',
    async run(subject) {
      const store = await open(subject);
      const given = { features: features(), rows: [driver(1), driver(2)] };
      await unchanged(given, 'It changed the features or rows that it was given.', () =>
        store.readOnline(given.features, given.rows, never()),
      );
      ensure((await store.readOnline(features(), [], never())).length === 0, 'No rows got an answer.');
    },
  },
  {
    name: 'does not answer an aborted call',
    async run(subject) {
      const store = await open(subject);
      const abort = new AbortController();
      abort.abort();
      const reading = thrownBy(
        () => store.readOnline(features(), [driver(1)], abort.signal),
        'It answers a call that was aborted before it began.',
      );
      await within(500, 'It goes on for more than half a second after the abort.', () => reading);
    },
  },
  {
    name: 'answers a batch as it answers row by row, now and as of a time',
    async run(subject) {
      const store = await open(subject);
      const ids = [3, 1, 404, 2, 1];
      const batch = await store.readOnline(features(), ids.map(driver), never());
      const history = await store.readAsOf(
        features(),
        ids.map((id, i) => ({ keys: driver(id), at: subject.now - i * HOUR })),
        never(),
      );
      for (const [i, id] of ids.entries()) {
        const [alone] = await store.readOnline(features(), [driver(id)], never());
        ensure(same(batch[i], alone), `Driver ${id} gets ${told([batch[i] ?? []])} among others and ${told([alone ?? []])} alone.`);
        const [then] = await store.readAsOf(features(), [{ keys: driver(id), at: subject.now - i * HOUR }], never());
        ensure(
          same(history[i], then),
          `As of a time driver ${id} gets ${told([history[i] ?? []])} among others and ${told([then ?? []])} alone.`,
        );
      }
    },
  },
  {
    name: 'answers 2,000 rows in one call, and loses none',
    async run(subject) {
      const store = await open(subject);
      const rows = await store.readOnline(
        ['driver:city'],
        Array.from({ length: 2_000 }, (_, i) => driver(1 + (i % 2))),
        never(),
      );
      ensure(rows.length === 2_000, `2,000 rows got ${rows.length} answers.`);
      const wrong = rows.findIndex((row, i) => row[0]?.value !== (i % 2 === 0 ? 'Cusco' : 'Ica'));
      ensure(wrong === -1, `Row ${wrong} of 2,000 got the answer of another.`);
    },
  },
  {
    name: 'refuses a view that does not exist, naming it, now and as of a time',
    async run(subject) {
      const store = await open(subject);
      const reads = [
        () => store.readOnline(['no_such_view:trips'], [driver(1)], never()),
        () => store.readAsOf(['no_such_view:trips'], [{ keys: driver(1), at: subject.now }], never()),
      ];
      for (const read of reads) {
        const thrown = await thrownBy(read, 'It answers for a view that does not exist.');
        ensurePluginError(thrown, ['invalid_input'], 'On an unknown view');
        ensure(thrown instanceof Error && thrown.message.includes('no_such_view'), 'The error does not name the unknown view.');
      }
    },
  },
  {
    name: 'does not answer an aborted call as of a time',
    async run(subject) {
      const store = await open(subject);
      const abort = new AbortController();
      abort.abort();
      const reading = thrownBy(
        () => store.readAsOf(features(), [{ keys: driver(1), at: subject.now }], abort.signal),
        'It answers a call as of a time that was aborted before it began.',
      );
      await within(500, 'As of a time it goes on for more than half a second after the abort.', () => reading);
    },
  },
];
