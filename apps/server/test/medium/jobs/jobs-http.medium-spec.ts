import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Job, JobEvent, JobPage, JobPending, WorkerList } from '@crisol/contracts';
import { JobsController } from '../../../src/platform/jobs/jobs.controller.js';
import { openHttpWorld, readStream, type HttpWorld, type Message } from './http-world.js';
import { aHandler, resetLedger, until } from './ledger-world.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';
import { startRedis } from './start-redis.js';

let postgres: TestPostgres;
const open: HttpWorld[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
}, 30_000);
afterAll(() => postgres.stop());
beforeEach(() => resetLedger(postgres));
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function world(options: Parameters<typeof openHttpWorld>[1] = {}): Promise<HttpWorld> {
  const opened = await openHttpWorld(postgres, { handlers: [aHandler('count')], ...options });
  open.push(opened);
  return opened;
}
const trace = join(tmpdir(), `crisol-http-trace-${process.pid}`);
const body = (until = 2): unknown => ({ kind: 'model.train', input: { until, stepMs: 0, trace } });
const post = (w: HttpWorld, path: string, json: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(w.url + path, {
    method: 'POST',
    headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: JSON.stringify(json),
  });
const submit = async (w: HttpWorld, key: string, json = body()): Promise<Job> =>
  Job.parse(await (await post(w, '/api/v1/jobs', json, { 'idempotency-key': key })).json());

describe(JobsController.name, () => {
  it('answers 202 with Location to a new job, and repeats that answer to the same key', async () => {
    const w = await world();
    const first = await post(w, '/api/v1/jobs', body(), { 'idempotency-key': '"k"' });
    const job = Job.parse(await first.json());
    expect([first.status, first.headers.get('location'), first.headers.get('idempotent-replayed')]).toEqual([
      202,
      `/api/v1/jobs/${job.id}`,
      null,
    ]);
    expect((await fetch(`${w.url}${job.links.wait}`)).status).toBe(200);
    const again = await post(w, '/api/v1/jobs', body(), { 'idempotency-key': 'k', 'x-attempt': '1' });
    expect([again.status, again.headers.get('idempotent-replayed'), await again.json()]).toEqual([202, 'true', job]);
    const higher = await post(w, '/api/v1/jobs', body(), { 'idempotency-key': 'k', 'x-attempt': '2' });
    expect(Job.parse(await higher.json()).id).not.toBe(job.id);
  }, 30_000);

  it.each([
    [{}, body(), 400, 'idempotency_key_required'],
    [{ 'idempotency-key': 'ñ'.normalize('NFD').slice(0, 1) + '\u0080' }, body(), 400, 'invalid_header'],
    [{ 'idempotency-key': 'k', 'x-attempt': 'two' }, body(), 400, 'invalid_header'],
    [{ 'idempotency-key': 'k' }, { kind: 'model.train', input: {}, state: 'done' }, 422, 'validation_failed'],
    [{ 'idempotency-key': 'k' }, { kind: 'data.export', input: {} }, 422, 'job_kind_unknown'],
    [{ 'idempotency-key': 'k', 'x-scopes': 'training:read' }, body(), 403, 'missing_scope'],
  ])('refuses %j', async (headers, json, status, code) => {
    const w = await world({ role: 'api' });
    const answer = await post(w, '/api/v1/jobs', json, headers);
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ code })]);
  });

  it('lists, reads, waits with 404 while it is not done, and cancels', async () => {
    const w = await world({ role: 'api' });
    const job = await submit(w, 'k');
    expect(JobPage.parse(await (await fetch(`${w.url}/api/v1/jobs?state=queued`)).json()).data.map(({ id }) => id)).toEqual([job.id]);
    const wait = await fetch(`${w.url}${job.links.wait}?timeout=0.2`);
    expect([wait.status, wait.headers.get('retry-after')]).toEqual([404, '1']);
    expect(JobPending.parse(await wait.json())).toMatchObject({ id: job.id, state: 'queued' });
    const waiting = fetch(`${w.url}${job.links.wait}?timeout=20`);
    const cancelled = await post(w, `${job.links.self}/cancel`, undefined);
    expect([cancelled.status, Job.parse(await cancelled.json()).state]).toEqual([200, 'cancelled']);
    expect((await waiting).status).toBe(200);
    const retried = await post(w, `${job.links.self}/retry`, undefined);
    expect([retried.status, retried.headers.get('location')]).toEqual([202, expect.stringMatching(/^\/api\/v1\/jobs\/job_/)]);
    expect((await fetch(`${w.url}/api/v1/jobs/job_01j8000000e008000000000001`)).status).toBe(404);
    expect((await fetch(`${w.url}/api/v1/jobs/job_01j8000000e008000000000001/wait`)).status).toBe(410);
  }, 30_000);

  it('streams what was and what comes, and goes on after the last id', async () => {
    const w = await world();
    const job = await submit(w, 'k', { kind: 'model.train', input: { until: 5, stepMs: 30, trace } });
    const all: Message[] = [];
    for await (const message of readStream(w.url + job.links.events)) if (message.event !== 'ping') all.push(message);
    const events = all.map(({ data }) => JobEvent.parse(data));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    expect(all.map(({ id, event }) => [id, event])).toEqual(events.map(({ seq, type }) => [String(seq), type]));
    expect(events.at(-1)).toMatchObject({ type: 'done', data: { state: 'succeeded' } });
    expect(events.filter(({ type }) => type === 'metric').map(({ data }) => data.value)).toEqual([1, 2, 3, 4, 5]);
    const rest: Message[] = [];
    for await (const message of readStream(w.url + job.links.events, { 'last-event-id': '3' })) rest.push(message);
    expect(rest[0]?.id).toBe('4');
    const lines = await (await fetch(`${w.url}${job.links.events}?after=2`, { headers: { accept: 'application/x-ndjson' } })).text();
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events.slice(2));
  }, 30_000);

  it('keeps the headers of the floor on a stream', async () => {
    const w = await world({ role: 'api' });
    const job = await submit(w, 'k');
    const abort = new AbortController();
    const response = await fetch(w.url + job.links.events, { signal: abort.signal });
    expect([response.headers.get('content-type'), response.headers.get('x-floor')]).toEqual(['text/event-stream; charset=utf-8', 'kept']);
    abort.abort();
  });

  it('lists the workers that live', async () => {
    const w = await world();
    const { data, doorbell } = WorkerList.parse(await (await fetch(`${w.url}/api/v1/workers`)).json());
    expect(doorbell).toBe('listen');
    expect(data).toMatchObject([{ role: 'all', capacity: 2, running: 0, alive: true }]);
  });

  it('closes with open streams and a job that runs, quickly', async () => {
    const w = await world({ handlers: [aHandler('sleeps')] });
    const job = await submit(w, 'k');
    const streams = [w.url + job.links.events, `${w.url}/api/v1/events?topics=jobs`].map(async (url) => {
      const seen: Message[] = [];
      for await (const message of readStream(url)) seen.push(message);
      return seen;
    });
    await until(async () => Job.parse(await (await fetch(w.url + job.links.self)).json()).state === 'running');
    const started = Date.now();
    await open.pop()?.close();
    await Promise.all(streams);
    expect(Date.now() - started).toBeLessThan(3_000);
    const [row] = await postgres.query<{ state: string }>('select state from job');
    expect(row?.state).toBe('queued');
  }, 30_000);

  it('rings through Bull where there is a Redis', async () => {
    const redis = await startRedis();
    if (!redis) return console.warn('redis-server is not installed: the Bull module is NOT tested here.');
    try {
      const w = await world({ redisUrl: redis.url });
      await until(async () => WorkerList.parse(await (await fetch(`${w.url}/api/v1/workers`)).json()).doorbell === 'bull');
      const job = await submit(w, 'k');
      expect((await fetch(w.url + job.links.wait)).status).toBe(200);
      await open.pop()?.close();
    } finally {
      await redis.stop();
    }
  }, 30_000);
});
