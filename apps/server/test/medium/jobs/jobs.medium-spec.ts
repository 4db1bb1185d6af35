import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '@crisol/contracts';
import { JobWorker } from '../../../src/platform/jobs/job-worker.js';
import { JobsService } from '../../../src/platform/jobs/jobs.service.js';
import { aHandler, anActor, openWorld, resetLedger, until, type LedgerWorld, type WorldOptions } from './ledger-world.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';

let postgres: TestPostgres;
const worlds: LedgerWorld[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
}, 30_000);
afterAll(() => postgres.stop());
beforeEach(() => resetLedger(postgres));
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function world(options: WorldOptions = {}): Promise<LedgerWorld> {
  const opened = await openWorld(postgres, options);
  worlds.push(opened);
  return opened;
}
const trainer = anActor('training:write');
const ended = (w: LedgerWorld, id: string): Promise<Job> => w.jobs.waitForEnd(trainer, id, 30_000, new AbortController().signal);
const eventsOf = (w: LedgerWorld, id: string) => w.database.read((em) => w.ledger.eventsAfter(em, id, 0, 1_000));

describe(JobWorker.name, () => {
  it('runs a job in a child and keeps what it gave', async () => {
    const w = await world({ handlers: [aHandler('count')] });
    const job = await w.submit({ until: 3, stepMs: 0, trace: join(w.folder, 'trace') });
    expect(job).toMatchObject({ state: 'queued', name: 'count', queue: { ahead: 0, workersAlive: 1 } });
    expect(await ended(w, job.id)).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      outputs: { result: '{"counted":3,"startedAt":1}' },
      queue: null,
    });
    const types = (await eventsOf(w, job.id)).map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['state', 'state']);
    expect(types.filter((type) => type === 'metric')).toHaveLength(3);
    expect(types.slice(-2)).toEqual(['state', 'done']);
  }, 30_000);

  it('gives the child an empty private folder and nearly no environment', async () => {
    const w = await world({ handlers: [aHandler('looks-around')] });
    const { outputs } = await ended(w, (await w.submit({})).id);
    expect(JSON.parse(outputs.result ?? '')).toEqual({
      environment: ['HOME', 'LANG', 'NODE_ENV', 'PWD', 'TMPDIR', 'TZ'],
      here: true,
      files: [],
      mode: 0o700,
    });
  }, 30_000);

  it('ends a job with the failure that its program explains, at once', async () => {
    const w = await world({ handlers: [aHandler('fails')] });
    const job = await ended(w, (await w.submit({ how: 'explained' })).id);
    expect(job).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: {
        code: 'training_data_unusable',
        detail: 'Column "age" has no values.',
        errors: [{ pointer: '/target', code: 'empty', message: 'no values' }],
      },
    });
  }, 30_000);

  it('names no path of the server when a program breaks', async () => {
    const w = await world({ handlers: [aHandler('fails')] });
    const job = await ended(w, (await w.submit({ how: 'unexplained' })).id);
    expect(job.error).toMatchObject({ code: 'job_failed' });
    expect(JSON.stringify([job, await eventsOf(w, job.id)])).not.toContain(w.folder);
  }, 30_000);

  it('stops a job that kills its process after its attempts', async () => {
    const w = await world({ handlers: [aHandler('dies', { maxAttempts: 2 })] });
    const job = await ended(w, (await w.submit({})).id);
    expect(job).toMatchObject({ state: 'failed', attempt: 2, error: { code: 'job_crashed' } });
    expect((await eventsOf(w, job.id)).filter(({ type }) => type === 'done')).toHaveLength(1);
  }, 30_000);

  it('stops a job that takes more than its memory', async () => {
    const w = await world({ handlers: [aHandler('hoards', { memoryMb: 200 })] });
    expect(await ended(w, (await w.submit({})).id)).toMatchObject({
      state: 'failed',
      error: { code: 'job_crashed', detail: expect.stringContaining('200 MiB') },
    });
  }, 30_000);

  it('stops a job at its deadline', async () => {
    const w = await world({ handlers: [aHandler('sleeps', { deadlineMs: 700 })] });
    expect(await ended(w, (await w.submit({})).id)).toMatchObject({ state: 'failed', error: { code: 'job_timed_out' } });
  }, 30_000);

  it('cancels a program that listens', async () => {
    const w = await world({ handlers: [aHandler('sleeps')] });
    const { id } = await w.submit({});
    await until(async () => (await eventsOf(w, id)).some(({ data }) => data.message === 'started'));
    const asked = Date.now();
    await w.jobs.cancel(trainer, id);
    expect(await ended(w, id)).toMatchObject({ state: 'cancelled', error: { code: 'job_cancelled' } });
    expect(Date.now() - asked).toBeLessThan(2_000);
  }, 30_000);

  it('cancels a job whose child is only starting', async () => {
    const w = await world({ handlers: [aHandler('sleeps')] });
    const { id } = await w.submit({});
    await until(async () => (await w.jobs.get(trainer, id)).state === 'running');
    const asked = Date.now();
    await w.jobs.cancel(trainer, id);
    expect(await ended(w, id)).toMatchObject({ state: 'cancelled' });
    expect(Date.now() - asked).toBeLessThan(2_000);
  }, 30_000);

  it('kills a program that does not listen to a cancel within its grace time', async () => {
    const w = await world({ handlers: [aHandler('ignores-abort')] });
    const { id } = await w.submit({});
    await until(async () => (await eventsOf(w, id)).some(({ data }) => data.message === 'started'));
    const asked = Date.now();
    await w.jobs.cancel(trainer, id);
    expect(await ended(w, id)).toMatchObject({ state: 'cancelled' });
    expect(Date.now() - asked).toBeLessThan(7_500);
  }, 30_000);

  it('calls failed of the handler in the transaction that ends the job', async () => {
    const told: string[] = [];
    const w = await world({
      handlers: [
        aHandler('fails', { failed: (_em, job, error, state) => Promise.resolve(void told.push(`${job.id} ${error.code} ${state}`)) }),
      ],
    });
    const { id } = await ended(w, (await w.submit({ how: 'explained' })).id);
    expect(told).toEqual([`${id} training_data_unusable failed`]);
  }, 30_000);

  it('hands its job back when it stops, and the attempt does not count against it', async () => {
    const one = await world({ handlers: [aHandler('sleeps', { maxAttempts: 1 })] });
    const { id } = await one.submit({});
    await until(async () => (await one.jobs.get(trainer, id)).state === 'running');
    await one.worker.beforeApplicationShutdown();
    const [row] = await postgres.query<{ state: string; crashes: number }>(`select state, crashes from job`);
    expect(row).toEqual({ state: 'queued', crashes: 0 });
    const two = await world({ handlers: [aHandler('looks-around')] });
    expect(await ended(two, id)).toMatchObject({ state: 'succeeded', attempt: 2 });
  }, 30_000);

  it('never claims in a process that only serves the API', async () => {
    const api = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    const { id } = await api.submit({});
    await api.worker.onApplicationBootstrap();
    expect(await api.jobs.get(trainer, id)).toMatchObject({ state: 'queued', queue: { ahead: 0, workersAlive: 0 } });
  }, 30_000);

  it('writes nothing for an attempt that is not current any more', async () => {
    const w = await world({ handlers: [aHandler('sleeps')] });
    const { id } = await w.submit({});
    await until(async () => (await w.jobs.get(trainer, id)).state === 'running');
    await expect(w.database.transaction((em) => w.jobs.note(em, { id, attempt: 0 }, 'run', 'x'))).rejects.toMatchObject({
      code: 'job_lease_lost',
    });
    await w.database.transaction((em) => w.jobs.note(em, { id, attempt: 1 }, 'run', 'run_1'));
    const [row] = await postgres.query<{ notes: object }>('select notes from job');
    expect(row?.notes).toEqual({ run: 'run_1' });
  }, 30_000);

  it('leaves no work folder and no checkpoint behind', async () => {
    const w = await world({ handlers: [aHandler('count')] });
    const { id } = await w.submit({ until: 4, stepMs: 1, trace: join(w.folder, 'trace') });
    await ended(w, id);
    await until(async () => (await filesBelow(join(w.folder, 'objects'))) === 0);
    await until(async () => (await filesBelow(join(w.folder, 'scratch'))) === 1);
  }, 30_000);

  it('tells its listeners in the transaction, and every process after the commit', async () => {
    const w = await world({ handlers: [aHandler('looks-around')] });
    const other = await world({ role: 'api' });
    const inside: string[] = [];
    const outside: string[] = [];
    w.events.onRecorded('job.finished', (_em, { data }) => Promise.resolve(void inside.push(String(data.id))));
    other.events.onPublished('job.finished', ({ topic }) => void outside.push(topic));
    const { id } = await w.submit({});
    await ended(w, id);
    expect(inside).toEqual([id]);
    await until(() => outside.length > 0);
    expect(outside).toEqual([`jobs.${id}`]);
  }, 30_000);
});

describe(JobsService.name, () => {
  const body = { kind: 'model.train', input: { a: 1, b: 2 } } as const;

  it('gives the same job for the same key while it runs, and the stored answer after', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    const first = await w.jobs.submitOnce(trainer, { key: 'k', attempt: 1, body });
    expect(first).toMatchObject({ status: 202, replayed: false });
    const second = await w.jobs.submitOnce(trainer, { key: 'k', attempt: 2, body: { kind: 'model.train', input: { b: 2, a: 1 } } });
    expect(second).toMatchObject({ status: 200, replayed: true, job: { id: first.job.id } });
    await w.jobs.cancel(trainer, first.job.id);
    expect(await w.jobs.submitOnce(trainer, { key: 'k', attempt: 1, body })).toEqual({ status: 202, replayed: true, job: first.job });
    const third = await w.jobs.submitOnce(trainer, { key: 'k', attempt: 2, body });
    expect(third).toMatchObject({ status: 202, replayed: false });
    expect(third.job.id).not.toBe(first.job.id);
  });

  it('refuses a key that came with another body', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    await w.jobs.submitOnce(trainer, { key: 'k', attempt: 1, body });
    await expect(w.jobs.submitOnce(trainer, { key: 'k', attempt: 1, body: { ...body, input: {} } })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  it('makes one job of ten requests with one key at the same time', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => w.jobs.submitOnce(trainer, { key: 'k', attempt: 1, body })));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused.every(({ code }) => code === 'idempotency_in_flight')).toBe(true);
    expect(await postgres.query('select id from job')).toHaveLength(1);
  });

  it('names the scope of the kind that a caller lacks', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    await expect(w.jobs.submitOnce(anActor('training:read'), { key: 'k', attempt: 1, body })).rejects.toMatchObject({
      code: 'missing_scope',
      options: { detail: expect.stringContaining('training:write') },
    });
  });

  it('shows jobs to those who may read the kind, and says not_found to others', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    const { id } = await w.submit({});
    expect(await w.jobs.get(anActor('training:read'), id)).toMatchObject({ id });
    await expect(w.jobs.get(anActor('datasets:read'), id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await w.jobs.list(anActor('datasets:read'), { limit: 10 })).data).toEqual([]);
  });

  it('pages through jobs, newest first', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await w.submit({ n })).id);
    const first = await w.jobs.list(trainer, { limit: 3 });
    const second = await w.jobs.list(trainer, { limit: 3, cursor: first.nextCursor ?? '' });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids.toSorted().reverse());
    expect(second.nextCursor).toBeNull();
    await expect(w.jobs.list(trainer, { limit: 3, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  it('says how many are ahead of a job that waits', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    await w.submit({});
    await w.submit({});
    expect((await w.submit({})).queue).toEqual({ ahead: 2, workersAlive: 0 });
  });

  it('writes nothing when the submitting transaction rolls back', async () => {
    const w = await world({ handlers: [aHandler('looks-around')] });
    const failing = w.database.transaction(async (em) => {
      await w.jobs.submit(em, trainer, 'model.train', {});
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await postgres.query('select id from job')).toEqual([]);
  });

  it('cancels a job that waits at once, and leaves one that has ended as it is', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    const { id } = await w.submit({});
    expect(await w.jobs.cancel(trainer, id)).toMatchObject({ state: 'cancelled' });
    expect(await w.jobs.cancel(trainer, id)).toMatchObject({ state: 'cancelled' });
    expect((await eventsOf(w, id)).filter(({ type }) => type === 'done')).toHaveLength(1);
  });

  it('retries what failed as a new job, and nothing else', async () => {
    const w = await world({ role: 'api', handlers: [aHandler('looks-around')] });
    const { id } = await w.submit({ a: 1 });
    await expect(w.jobs.retry(trainer, id)).rejects.toMatchObject({ code: 'job_not_retryable' });
    await w.jobs.cancel(trainer, id);
    const again = await w.jobs.retry(trainer, id);
    expect(again).toMatchObject({ state: 'queued', input: { a: 1 } });
    expect(again.id).not.toBe(id);
  });

  it('says job_gone for a job that never was, not at once', async () => {
    const w = await world({ role: 'api' });
    const asked = Date.now();
    await expect(w.jobs.waitForEnd(trainer, 'job_01j8000000e008000000000001', 0, new AbortController().signal)).rejects.toMatchObject({
      code: 'job_gone',
      status: 410,
    });
    expect(Date.now() - asked).toBeGreaterThan(900);
  });
});

async function filesBelow(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
}
