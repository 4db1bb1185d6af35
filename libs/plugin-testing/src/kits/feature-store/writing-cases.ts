import type { FeatureRow, FeatureStore, FeatureValue, FeatureViewInfo } from '@crisol/plugin-api';
import { ensure, thrownBy, within, type ContractCase } from '../../contract.js';
import { start } from '../common.js';
import { ensurePluginError, same, unchanged } from '../compare.js';
import { HOUR, never, told, type FeatureStoreSubject } from './subject.js';

interface Writable {
  readonly store: FeatureStore;
  /** A view with a name that no other case has: stores outside of this process outlive a case. */
  readonly view: FeatureViewInfo;
  define(changes?: Partial<FeatureViewInfo>): Promise<void>;
  write(rows: readonly FeatureRow[]): Promise<void>;
  online(ids: readonly number[], names?: readonly string[]): Promise<readonly (readonly FeatureValue[])[]>;
  asOf(id: number, times: readonly number[]): Promise<readonly (readonly FeatureValue[])[]>;
}

/** A fresh instance with a view `shop` of its own: a number, an integer, a boolean, a text and a timestamp. */
function open(subject: FeatureStoreSubject): Writable {
  const store = start(subject).provided.featureStores?.[0];
  ensure(store !== undefined, 'setup brings no feature store.');
  const { defineView, write } = store;
  ensure(defineView !== undefined && write !== undefined, 'It has no defineView or no write.');
  const view: FeatureViewInfo = {
    name: `kit_${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`,
    entities: ['shop_id'],
    features: [
      { name: 'sales', type: 'number' },
      { name: 'orders', type: 'integer' },
      { name: 'open', type: 'boolean' },
      { name: 'town', type: 'text' },
      { name: 'opened', type: 'timestamp' },
    ],
    maxAgeSeconds: 86_400,
  };
  const named = (names: readonly string[]): string[] => names.map((name) => `${view.name}:${name}`);
  return {
    store,
    view,
    define: (changes = {}) => defineView.call(store, { ...view, ...changes }, never()),
    write: (rows) => write.call(store, view.name, rows, never()),
    online: (ids, names = ['sales']) =>
      store.readOnline(
        named(names),
        ids.map((id) => ({ shop_id: id })),
        never(),
      ),
    asOf: (id, times) =>
      store.readAsOf(
        named(['sales']),
        times.map((at) => ({ keys: { shop_id: id }, at })),
        never(),
      ),
  };
}
const row = (id: number, at: number, values: FeatureRow['values']): FeatureRow => ({ keys: { shop_id: id }, at, values });

/** What writing promises. */
export const writingCases: readonly ContractCase<FeatureStoreSubject>[] = [
  {
    name: 'lists a view that it was told to define, with its features, types and age',
    needs: 'write',
    async run(subject) {
      const { store, view, define } = open(subject);
      await define();
      const listed = (await store.listViews(never())).find(({ name }) => name === view.name);
      ensure(listed !== undefined, 'A view that was defined is not listed.');
      ensure(same([...listed.entities], [...view.entities]), `The entities of a defined view are ${listed.entities.join(', ')}.`);
      const types = Object.fromEntries(listed.features.map(({ name, type }) => [name, type]));
      ensure(
        same(types, Object.fromEntries(view.features.map(({ name, type }) => [name, type]))),
        `Its features are ${JSON.stringify(types)}.`,
      );
      ensure(listed.maxAgeSeconds === view.maxAgeSeconds, `Its age is ${listed.maxAgeSeconds} s, not ${view.maxAgeSeconds} s.`);
    },
  },
  {
    name: 'gives back what was written, each type as it was',
    needs: 'write',
    async run(subject) {
      const { define, write, online } = open(subject);
      await define();
      const values = { sales: 12.5, orders: 3, open: false, town: 'Ñuñoa "1"', opened: '2026-01-02T03:04:05.000Z' };
      await write([row(1, subject.now - HOUR, values), row(2, subject.now - HOUR, { ...values, sales: null, town: 'Ica' })]);
      const names = ['sales', 'orders', 'open', 'town'];
      const rows = told(await online([1, 2], names));
      ensure(
        rows === '[[12.5,3,false,"Ñuñoa \\"1\\""],["null_value",3,false,"Ica"]]',
        `Written were 12.5, 3, false, Ñuñoa "1" and null, 3, false, Ica; it gives ${rows}.`,
      );
      const [opened] = await online([1], ['opened']);
      const given = opened?.[0]?.value;
      const same = typeof given === 'string' && new Date(given).getTime() === Date.parse(values.opened);
      ensure(same, `A timestamp ${values.opened} comes back as ${String(given)}: give it as ISO 8601.`);
    },
  },
  {
    name: 'keeps the newest row by event time, whatever the order of writing',
    needs: 'write',
    async run(subject) {
      const { define, write, online, asOf } = open(subject);
      const { now } = subject;
      await define();
      await write([row(1, now - HOUR, { sales: 30 })]);
      await write([row(1, now - 3 * HOUR, { sales: 20 }), row(1, now - 5 * HOUR, { sales: 10 })]);
      const newest = told(await online([1]));
      ensure(newest === '[[30]]', `The newest row says 30, an older one was written later; it gives ${newest}.`);
      const history = told(await asOf(1, [now - 4 * HOUR, now - 2 * HOUR, now]));
      ensure(history === '[[10],[20],[30]]', `As of −4, −2 h and now it had 10, 20 and 30; it gives ${history}.`);
    },
  },
  {
    name: 'takes the row that was written later of two with one key and time, and one row twice for one',
    needs: 'write',
    async run(subject) {
      const { define, write, online, asOf } = open(subject);
      const at = subject.now - HOUR;
      await define();
      await write([row(1, at, { sales: 1 })]);
      await write([row(1, at, { sales: 2 })]);
      await write([row(1, at, { sales: 2 })]);
      const [newest, history] = [told(await online([1])), told(await asOf(1, [at]))];
      ensure(
        newest === '[[2]]' && history === '[[2]]',
        `Of two rows with one key and time the later written says 2; it gives ${newest}, as of then ${history}.`,
      );
    },
  },
  {
    name: 'calls a written value too old after the age of its view',
    needs: 'write',
    async run(subject) {
      const { define, write, online } = open(subject);
      await define({ maxAgeSeconds: 3_600 });
      await write([row(1, subject.now - 2 * HOUR, { sales: 1 }), row(2, subject.now - HOUR / 2, { sales: 2 })]);
      const rows = told(await online([1, 2]));
      ensure(rows === '[["outside_max_age"],[2]]', `With an age of an hour, values of two hours and of half an hour ago give ${rows}.`);
    },
  },
  {
    name: 'changes the features of a view, and keeps what was written',
    needs: 'write',
    async run(subject) {
      const { view, define, write, online } = open(subject);
      await define();
      await write([row(1, subject.now - HOUR, { sales: 1 })]);
      await define({ features: [...view.features, { name: 'staff', type: 'integer' }] });
      const kept = told(await online([1], ['sales']));
      ensure(kept === '[[1]]', `After a feature was added to the view, a value that was written before is ${kept}.`);
      await write([row(2, subject.now - HOUR, { sales: 2, staff: 4 })]);
      const added = told(await online([2], ['sales', 'staff']));
      ensure(added === '[[2,4]]', `The added feature was written as 4; it gives ${added}.`);
    },
  },
  {
    name: 'refuses rows of an unknown view and values that do not fit it',
    needs: 'write',
    async run(subject) {
      const { store, define, write } = open(subject);
      await define();
      const attempts = [
        ['rows of an unknown view', () => store.write?.('no_such_view', [row(1, subject.now, { sales: 1 })], never())],
        ['a feature that the view does not have', () => write([row(1, subject.now, { no_such: 1 })])],
        ['a text for a number', () => write([row(1, subject.now, { sales: 'many' })])],
        ['a row without its key', () => write([{ keys: {}, at: subject.now, values: { sales: 1 } }])],
      ] as const;
      for (const [what, attempt] of attempts)
        ensurePluginError(await thrownBy(attempt, `It takes ${what}.`), ['invalid_input'], `On ${what}`);
    },
  },
  {
    name: 'writes 2,000 rows at once and from two calls at the same time, and loses none',
    needs: 'write',
    async run(subject) {
      const { define, write, online } = open(subject);
      await define();
      const at = subject.now - HOUR;
      const rows = Array.from({ length: 2_000 }, (_, id) => row(id, at, { sales: id }));
      await Promise.all([write(rows.slice(0, 1_000)), write(rows.slice(1_000))]);
      const answers = await online(rows.map((_, id) => id));
      const lost = answers.findIndex((cells, id) => cells[0]?.value !== id);
      ensure(lost === -1 && answers.length === 2_000, `2,000 rows were written; row ${lost} gives ${told(answers.slice(lost, lost + 1))}.`);
    },
  },
  {
    name: 'leaves the rows that it writes as they were, and takes none',
    needs: 'write',
    async run(subject) {
      const { define, write } = open(subject);
      await define();
      const rows = [row(2, subject.now, { sales: 1 }), row(1, subject.now - HOUR, { sales: null })];
      await unchanged(rows, 'It changed the rows that it was given to write.', () => write(rows));
      await write([]);
    },
  },
  {
    name: 'does not write what was aborted before it began',
    needs: 'write',
    async run(subject) {
      const { store, view, define, online } = open(subject);
      await define();
      const abort = new AbortController();
      abort.abort();
      const writing = thrownBy(
        () => store.write?.(view.name, [row(1, subject.now, { sales: 1 })], abort.signal),
        'It says that it wrote, although it was aborted before it began.',
      );
      await within(500, 'It goes on for more than half a second after the abort of a write.', () => writing);
      const rows = told(await online([1]));
      ensure(rows === '[["not_found"]]', `It wrote although it was aborted before it began: ${rows}.`);
    },
  },
];
