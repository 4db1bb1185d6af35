import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventBus, type DomainEvent } from '../../../src/platform/events/event-bus.js';
import { EventsController } from '../../../src/platform/events/events.controller.js';
import { PostgresEventBus } from '../../../src/platform/events/postgres-event-bus.js';
import { openHttpWorld, readStream, type HttpWorld, type Message } from '../jobs/http-world.js';
import { openWorld, resetLedger, until, type LedgerWorld } from '../jobs/ledger-world.js';
import { startPostgres, type TestPostgres } from '../jobs/start-postgres.js';

let postgres: TestPostgres;
const open: (HttpWorld | LedgerWorld)[] = [];
const aborts: AbortController[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
}, 30_000);
afterAll(() => postgres.stop());
beforeEach(() => resetLedger(postgres));
afterEach(async () => {
  for (const abort of aborts.splice(0)) abort.abort();
  for (const world of open.splice(0)) await world.close();
});

describe(PostgresEventBus.name, () => {
  async function two(): Promise<[LedgerWorld, LedgerWorld]> {
    const worlds: [LedgerWorld, LedgerWorld] = [await openWorld(postgres, { role: 'api' }), await openWorld(postgres, { role: 'api' })];
    open.push(...worlds);
    return worlds;
  }
  const hear = (world: LedgerWorld): DomainEvent[] => {
    const heard: DomainEvent[] = [];
    world.events.onPublished('*', (event) => void heard.push(event));
    return heard;
  };
  const event = (n: number): DomainEvent => ({ topic: 'datasets', type: 'dataset.created', data: { n } });

  it('tells every process of what was recorded, once, and of nothing that was rolled back', async () => {
    const [one, another] = await two();
    const [here, there] = [hear(one), hear(another)];
    const failing = one.database.transaction(async (em) => {
      await one.events.record(em, event(1));
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await one.database.transaction((em) => one.events.record(em, event(2)));
    await until(() => here.length > 0 && there.length > 0);
    expect([here, there]).toEqual([[event(2)], [event(2)]]);
  });

  it('delivers what is published here at once and elsewhere in order', async () => {
    const [one, another] = await two();
    const [here, there] = [hear(one), hear(another)];
    const events = Array.from({ length: 500 }, (_, n) => event(n));
    for (const each of events) one.events.publish(each);
    expect(here).toEqual(events);
    await until(() => there.length === 500);
    expect(there).toEqual(events);
  });

  it('shortens an event that NOTIFY cannot carry', async () => {
    const [one, another] = await two();
    const there = hear(another);
    await one.database.transaction((em) =>
      one.events.record(em, { topic: 'jobs.x', type: 'job.failed', data: { id: 'x', state: 'failed', error: 'ñ'.repeat(9_000) } }),
    );
    await until(() => there.length > 0);
    expect(there[0]?.data).toEqual({ id: 'x', state: 'failed', truncated: true });
  });

  it('rolls the act back when a listener of the same transaction fails', async () => {
    const [one] = await two();
    one.events.onRecorded('dataset.created', () => Promise.reject(new Error('no outbox')));
    await expect(one.database.transaction((em) => one.events.record(em, event(1)))).rejects.toThrow('no outbox');
  });

  it('comes back after a lost connection and says that events were missed', async () => {
    const [one, another] = await two();
    const there = hear(another);
    await postgres.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'crisol-listener'`);
    await until(() => there.some(({ type }) => type === 'events.missed') && one.listener.connected);
    await one.database.transaction((em) => one.events.record(em, event(3)));
    await until(() => there.some(({ data }) => data.n === 3));
  });
});

describe(EventsController.name, () => {
  async function follow(
    world: HttpWorld,
    query: string,
    headers: Record<string, string> = {},
  ): Promise<{ seen: Message[]; stop: () => void }> {
    const abort = new AbortController();
    aborts.push(abort);
    const seen: Message[] = [];
    void (async () => {
      for await (const message of readStream(`${world.url}/api/v1/events?topics=${query}`, headers, abort.signal)) seen.push(message);
    })().catch(() => undefined);
    // The first message is always a ping: the stream is open.
    await until(() => seen.some(({ event }) => event === 'ping'));
    return { seen, stop: () => abort.abort() };
  }
  const news = (seen: readonly Message[]): unknown[] => seen.filter(({ event }) => event === 'message').map(({ data }) => data.topic);
  async function world(): Promise<[HttpWorld, EventBus]> {
    const opened = await openHttpWorld(postgres, { role: 'api' });
    open.push(opened);
    return [opened, opened.app.get(EventBus)];
  }

  it('sends the topics that were asked for and that the caller may read', async () => {
    const [w, bus] = await world();
    const { seen } = await follow(w, 'datasets,endpoints.ep_1,users', { 'x-scopes': 'datasets:read,endpoints:write' });
    for (const topic of ['datasets', 'datasets.ds_1', 'endpoints', 'endpoints.ep_1', 'endpoints.ep_11', 'users', 'models'])
      bus.publish({ topic, type: 'thing.changed', data: {} });
    bus.publish({ topic: 'datasets.last', type: 'thing.changed', data: {} });
    await until(() => news(seen).includes('datasets.last'));
    expect(news(seen)).toEqual(['datasets', 'datasets.ds_1', 'endpoints.ep_1', 'datasets.last']);
  });

  it('goes on after the last id, with what came in between', async () => {
    const [w, bus] = await world();
    const first = await follow(w, 'datasets');
    bus.publish({ topic: 'datasets.1', type: 'thing.changed', data: {} });
    await until(() => news(first.seen).length === 1);
    first.stop();
    bus.publish({ topic: 'datasets.2', type: 'thing.changed', data: {} });
    bus.publish({ topic: 'datasets.3', type: 'thing.changed', data: {} });
    const second = await follow(w, 'datasets', { 'last-event-id': first.seen.at(-1)?.id ?? '' });
    expect(news(second.seen)).toEqual(['datasets.2', 'datasets.3']);
    expect(second.seen.some(({ event }) => event === 'resync')).toBe(false);
    const ids = second.seen.map(({ id }) => id);
    // The ping repeats the last id, so that a reader never goes back.
    expect(ids.at(-1)).toBe(ids.at(-2));
  });

  it.each(['0a1b2c3d-7', 'nonsense'])('says resync to an id that it cannot continue: %s', async (lastEventId) => {
    const [w] = await world();
    const { seen } = await follow(w, 'datasets', { 'last-event-id': lastEventId });
    expect(seen[0]).toMatchObject({ event: 'resync' });
  });

  it('says resync when the connection to PostgreSQL was lost', async () => {
    const [w] = await world();
    const { seen } = await follow(w, 'datasets');
    await postgres.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'crisol-listener'`);
    await until(() => seen.some(({ event }) => event === 'resync'));
  });

  it('refuses topics that are none', async () => {
    const [w] = await world();
    expect((await fetch(`${w.url}/api/v1/events?topics=../x`)).status).toBe(422);
    expect((await fetch(`${w.url}/api/v1/events`)).status).toBe(422);
  });
});
