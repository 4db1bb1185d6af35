import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { claimJob } from '../../../src/platform/jobs/claim-job.sql.js';
import { LeaseReconciler } from '../../../src/platform/jobs/lease-reconciler.js';
import { aHandler, anActor, openWorld, resetLedger, until, type LedgerWorld } from './ledger-world.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';

let postgres: TestPostgres;
const worlds: LedgerWorld[] = [];
const told: string[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
}, 30_000);
afterAll(() => postgres.stop());
beforeEach(() => resetLedger(postgres));
afterEach(async () => {
  told.length = 0;
  for (const world of worlds.splice(0)) await world.close();
});

const trainer = anActor('training:write');

/** A ledger without a worker, so that time passes only where the test says. */
async function world(): Promise<LedgerWorld> {
  const failed = (_em: unknown, _job: unknown, error: { code: string }, state: string): Promise<void> => {
    told.push(`${error.code} ${state}`);
    return Promise.resolve();
  };
  const opened = await openWorld(postgres, { role: 'api', handlers: [aHandler('sleeps', { maxAttempts: 2, failed })] });
  worlds.push(opened);
  return opened;
}
const claim = (w: LedgerWorld, worker: string) => w.database.transaction((em) => w.ledger.claim(em, worker, 60_000, ['model.train']));
const expire = () =>
  postgres.query(`update job set lease_until = now() - interval '1 second', available_at = now() where state = 'running'`);
const row = async (): Promise<Record<string, unknown> | undefined> =>
  (await postgres.query<Record<string, unknown>>('select * from job'))[0];

describe(LeaseReconciler.name, () => {
  it('leaves a live lease alone', async () => {
    const w = await world();
    await w.submit({});
    await claim(w, 'a');
    expect(await w.reconciler.expireLeases()).toBe(0);
    expect(await row()).toMatchObject({ state: 'running', worker: 'a' });
  });

  it('puts a job whose worker is gone back in the queue, and its old attempt can write nothing', async () => {
    const w = await world();
    const { id } = await w.submit({});
    await claim(w, 'a');
    await expire();
    expect(await w.reconciler.expireLeases()).toBe(1);
    expect(await row()).toMatchObject({ state: 'queued', crashes: 1, worker: null, lease_until: null });
    expect(await claim(w, 'b')).toMatchObject({ id, attempt: 2 });
    const late = (work: (em: Parameters<Parameters<typeof w.database.transaction>[0]>[0]) => Promise<unknown>) =>
      expect(w.database.transaction(work)).rejects.toMatchObject({ code: 'job_lease_lost' });
    await late((em) => w.ledger.lockAttempt(em, { id, attempt: 1 }));
    await late((em) => w.jobs.note(em, { id, attempt: 1 }, 'run', 'x'));
    expect(await w.database.transaction((em) => w.ledger.renew(em, 'a', 60_000, [{ id, attempt: 1 }]))).toEqual([]);
    expect(await row()).toMatchObject({ state: 'running', attempt: 2, worker: 'b', notes: {} });
  });

  it('fails a job whose workers died as often as it may be tried, and tells its handler once', async () => {
    const w = await world();
    const { id } = await w.submit({});
    for (let times = 0; times < 2; times++) {
      await claim(w, 'a');
      await expire();
      await w.reconciler.expireLeases();
    }
    expect(await w.jobs.get(trainer, id)).toMatchObject({ state: 'failed', error: { code: 'job_crashed' } });
    expect(told).toEqual(['job_crashed failed']);
  });

  it('cancels a job that was to be cancelled when its worker died', async () => {
    const w = await world();
    const { id } = await w.submit({});
    await claim(w, 'a');
    await w.jobs.cancel(trainer, id);
    expect(await row()).toMatchObject({ state: 'running', cancel_requested: true });
    await expire();
    await w.reconciler.expireLeases();
    expect(await w.jobs.get(trainer, id)).toMatchObject({ state: 'cancelled' });
    expect(told).toEqual(['job_cancelled cancelled']);
  });

  it('does each repair once when ten processes repair at the same time', async () => {
    const w = await world();
    for (let n = 0; n < 10; n++) await w.submit({ n });
    for (let n = 0; n < 10; n++) await claim(w, 'a');
    await expire();
    const counts = await Promise.all(Array.from({ length: 10 }, () => w.reconciler.expireLeases()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
    expect(await postgres.query('select 1 from job where crashes = 1')).toHaveLength(10);
  });

  it('does not take a job from a worker that is just ending it', async () => {
    const w = await world();
    const { id } = await w.submit({});
    await claim(w, 'a');
    await expire();
    await w.database.transaction(async (em) => {
      const locked = await w.ledger.lockAttempt(em, { id, attempt: 1 });
      expect(await w.reconciler.expireLeases()).toBe(0);
      await w.ledger.end(em, locked, { state: 'succeeded', outputs: {} });
    });
    expect(await row()).toMatchObject({ state: 'succeeded', crashes: 0 });
  });

  it('rings again for what waits, spread over the time it has', async () => {
    const w = await world();
    for (let n = 0; n < 4; n++) await w.submit({ n });
    const heard: string[] = [];
    await w.doorbell.listen((id) => void heard.push(id));
    const delays: number[] = [];
    await w.reconciler.ringAgain(1_000, (ring, delayMs) => {
      delays.push(delayMs);
      ring();
    });
    expect(delays).toEqual([0, 250, 500, 750]);
    await until(() => heard.length === 4);
  });
});

describe('the claim', () => {
  it('gives a job to one of many who ask at the same time', async () => {
    const w = await world();
    for (let n = 0; n < 5; n++) await w.submit({ n });
    const claimed = (await Promise.all(Array.from({ length: 20 }, (_, n) => claim(w, `worker ${n}`)))).filter((one) => one !== null);
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(5);
    expect(claimed).toHaveLength(5);
  });

  it('takes the oldest that is due and of a kind that it can do', async () => {
    const w = await world();
    const [one, two] = [await w.submit({}), await w.submit({})];
    const [first, second] = [one.id, two.id].toSorted();
    await postgres.query(`update job set available_at = now() + interval '1 hour' where id = '${first}'`);
    expect(await w.database.transaction((em) => w.ledger.claim(em, 'a', 1_000, ['dataset.import']))).toBeNull();
    expect(await claim(w, 'a')).toMatchObject({ id: second });
    expect(await claim(w, 'a')).toBeNull();
  });

  it('finds its job by an index among a hundred thousand that have ended', async () => {
    await postgres.query(
      `insert into job (id, kind, name, state, input, progress, max_attempts)
       select 'job_' || lpad(n::text, 26, '0'), 'model.train', 'x', case when n > 99990 then 'queued' else 'succeeded' end, '{}', '{}', 3 from generate_series(1, 100000) as n`,
    );
    await postgres.query('analyze job');
    const sql = claimJob.replace('?', `'a'`).replace('?', '1000').replace('?', `'model.train'`);
    const plan = (await postgres.query<{ 'QUERY PLAN': string }>(`explain ${sql}`)).map((line) => line['QUERY PLAN']).join('\n');
    // Both hold the queue in the order of the ids; which is cheaper depends on the statistics.
    expect(plan).toMatch(/Index Scan using job_(queued|by_state) on job job_1/);
    expect(plan).not.toContain('Seq Scan');
  });
});
