import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Bull from 'bull';
import type { Database } from '../../../src/platform/database/database.js';
import { newId } from '../../../src/platform/database/new-id.js';
import { PostgresListener } from '../../../src/platform/events/postgres-listener.js';
import { BullDoorbell, bullOptions, doorbellQueue } from '../../../src/platform/jobs/doorbell/bull-doorbell.js';
import type { Doorbell } from '../../../src/platform/jobs/doorbell/doorbell.port.js';
import { ListenNotifyDoorbell } from '../../../src/platform/jobs/doorbell/listen-notify-doorbell.js';
import { aHandler, anActor, openWorld, PlainDatabase, resetLedger, until, type LedgerWorld } from './ledger-world.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';
import { startRedis, type TestRedis } from './start-redis.js';

let postgres: TestPostgres;
const redis: TestRedis | null = await startRedis();
if (!redis) console.warn('redis-server is not installed: the Bull doorbell is NOT tested here.');

beforeAll(async () => {
  postgres = await startPostgres();
}, 30_000);
afterAll(async () => {
  await postgres.stop();
  await redis?.stop();
});

interface Ringer {
  readonly database: PlainDatabase;
  readonly doorbell: Doorbell;
  close(): Promise<void>;
}

/** What every doorbell has to do. */
function describeDoorbell(name: string, state: string, make: () => Promise<Ringer>): void {
  describe(`${name} as Doorbell`, () => {
    const open: Ringer[] = [];
    const ringer = async (): Promise<Ringer> => {
      const made = await make();
      open.push(made);
      await until(() => made.doorbell.state() === state);
      return made;
    };
    afterEach(async () => {
      for (const made of open.splice(0)) await made.close();
    });

    it('rings in another process after the commit', async () => {
      const [one, two] = [await ringer(), await ringer()];
      const heard: string[] = [];
      await two.doorbell.listen((id) => void heard.push(id));
      const id = newId('job');
      await one.database.transaction((em) => one.doorbell.ring(em, id));
      await until(() => heard.includes(id));
      expect(one.doorbell.complaint()).toBeNull();
    });

    it('does not ring when the transaction rolls back', async () => {
      const one = await ringer();
      const heard: string[] = [];
      await one.doorbell.listen((id) => void heard.push(id));
      const [never, later] = [newId('job'), newId('job')];
      const failing = one.database.transaction(async (em) => {
        await one.doorbell.ring(em, never);
        throw new Error('rolled back');
      });
      await expect(failing).rejects.toThrow('rolled back');
      await one.database.transaction((em) => one.doorbell.ring(em, later));
      await until(() => heard.includes(later));
      expect(heard).not.toContain(never);
    });

    it('carries a hundred rings', async () => {
      const one = await ringer();
      const heard = new Set<string>();
      await one.doorbell.listen((id) => void heard.add(id));
      const ids = Array.from({ length: 100 }, () => newId('job'));
      for (const id of ids) await one.database.transaction((em) => one.doorbell.ring(em, id));
      await until(() => ids.every((id) => heard.has(id)));
    });

    it('is quiet once it is closed', async () => {
      const [one, two] = [await ringer(), await ringer()];
      const heard: string[] = [];
      await two.doorbell.listen((id) => void heard.push(id));
      await two.doorbell.close();
      await two.doorbell.close();
      await one.database.transaction((em) => one.doorbell.ring(em, newId('job')));
      expect(heard).toEqual([]);
    });
  });
}

describeDoorbell(ListenNotifyDoorbell.name, 'listen', async () => {
  const database = await PlainDatabase.open(postgres.url);
  const listener = new PostgresListener(database);
  const doorbell = new ListenNotifyDoorbell(listener);
  await listener.listen('another', () => undefined);
  return {
    database,
    doorbell,
    close: async () => {
      await doorbell.close();
      await listener.close();
      await database.close();
    },
  };
});

(redis ? describe : describe.skip)(redis ? 'with Redis' : 'with Redis (skipped: redis-server is not installed)', () => {
  const refused: unknown[] = [];
  const bullDoorbell = (database: Database, listener: PostgresListener) =>
    new BullDoorbell(new Bull<unknown>(doorbellQueue, bullOptions(redis?.url ?? '')), database, new ListenNotifyDoorbell(listener), () =>
      refused.push(1),
    );

  beforeEach(async () => {
    refused.length = 0;
    await redis?.command('FLUSHALL');
  });

  describeDoorbell(BullDoorbell.name, 'bull', async () => {
    const database = await PlainDatabase.open(postgres.url);
    const listener = new PostgresListener(database);
    await listener.listen('another', () => undefined);
    const doorbell = bullDoorbell(database, listener);
    return {
      database,
      doorbell,
      close: async () => {
        await doorbell.close();
        await listener.close();
        await database.close();
      },
    };
  });

  describe(BullDoorbell.name, () => {
    const worlds: LedgerWorld[] = [];
    const trainer = anActor('training:write');
    beforeEach(() => resetLedger(postgres));
    afterEach(async () => {
      for (const world of worlds.splice(0)) await world.close();
    });
    const world = async (role: 'api' | 'worker'): Promise<LedgerWorld> => {
      const opened = await openWorld(postgres, { role, doorbell: bullDoorbell, handlers: [aHandler('looks-around')] });
      worlds.push(opened);
      await until(() => opened.doorbell.state() === 'bull');
      return opened;
    };
    const allDone = (count: number) =>
      until(async () => (await postgres.query(`select 1 from job where state = 'succeeded'`)).length === count, 40_000);

    it('refuses a forged ring and counts it', async () => {
      await world('worker');
      const forger = new Bull<unknown>(doorbellQueue, bullOptions(redis?.url ?? ''));
      await forger.add({ id: 'job_01j8000000e008000000000001', run: 'rm -rf /' });
      await forger.add({ id: '../../etc/passwd' });
      await forger.add('another name', { id: 7 });
      try {
        await until(() => refused.length === 3);
      } finally {
        await forger.close();
      }
    }, 30_000);

    it('keeps nothing in Redis once it has rung', async () => {
      const w = await world('worker');
      await w.submit({});
      await allDone(1);
      const queue = new Bull<unknown>(doorbellQueue, bullOptions(redis?.url ?? ''));
      await until(async () => Object.values(await queue.getJobCounts()).every((count) => count === 0));
      await queue.close();
    }, 30_000);

    it('loses no job when Redis forgets everything', async () => {
      const api = await world('api');
      for (let n = 0; n < 20; n++) await api.submit({ n });
      await redis?.command('FLUSHALL');
      await world('worker');
      await allDone(20);
    }, 60_000);

    it('rings through PostgreSQL while Redis is away, says so, and comes back', async () => {
      const [api, worker] = [await world('api'), await world('worker')];
      await redis?.kill();
      await until(() => api.doorbell.state() === 'listen' && worker.doorbell.state() === 'listen');
      expect(api.doorbell.complaint()).toMatch(/Redis is not reachable/);
      const { id } = await api.submit({});
      await api.jobs.waitForEnd(trainer, id, 20_000, new AbortController().signal);
      await allDone(1);
      await redis?.start();
      await until(() => api.doorbell.state() === 'bull' && worker.doorbell.state() === 'bull');
      await api.submit({});
      await allDone(2);
    }, 60_000);
  });
});
