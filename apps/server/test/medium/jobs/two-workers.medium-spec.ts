import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '@crisol/contracts';
import { aHandler, anActor, openWorld, programFile, resetLedger, until, type LedgerWorld } from './ledger-world.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';

const workerFile = fileURLToPath(new URL('../../fixture-programs/ledger-process.mjs', import.meta.url));
const trainer = anActor('training:write');

describe('two workers in processes of their own', () => {
  let postgres: TestPostgres;
  let folder: string;
  let api: LedgerWorld;
  const processes: ChildProcess[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    await resetLedger(postgres);
    folder = await mkdtemp(join(tmpdir(), 'crisol-two-'));
    api = await openWorld(postgres, { role: 'api', storage: join(folder, 'storage'), handlers: [aHandler('count')] });
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((child) => end(child, 'SIGKILL')));
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function startWorker(concurrency: number): Promise<{ id: string; process: ChildProcess }> {
    const settings = {
      url: postgres.url,
      storage: join(folder, 'storage'),
      program: programFile('count'),
      completions: join(folder, 'completions'),
      concurrency,
    };
    const child = spawn(process.execPath, [workerFile, JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
    processes.push(child);
    const id = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim()));
      child.once('exit', () => reject(new Error('the worker did not start')));
    });
    return { id, process: child };
  }
  const trace = (): string => join(folder, 'trace');
  const linesOf = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).trim().split('\n');
  const get = (id: string): Promise<Job> => api.jobs.get(trainer, id);

  it('run each of a hundred jobs once', async () => {
    await Promise.all([startWorker(2), startWorker(2)]);
    const jobs: Job[] = [];
    for (let n = 0; n < 100; n++) jobs.push(await api.submit({ until: 1, stepMs: 0, trace: trace() }));
    await until(async () => (await postgres.query(`select 1 from job where state = 'succeeded'`)).length === 100, 60_000);
    expect(await linesOf(trace())).toHaveLength(100);
    const completions = await linesOf(join(folder, 'completions'));
    expect(completions.toSorted()).toEqual(jobs.map(({ id }) => `${id} 1`).toSorted());
    const claimers = await postgres.query<{ n: number }>(`select count(*)::int as n from job where attempt <> 1`);
    expect(claimers).toEqual([{ n: 0 }]);
  }, 90_000);

  it('let the other go on from the checkpoint when one is killed', async () => {
    const first = await startWorker(1);
    const { id } = await api.submit({ until: 30, stepMs: 100, trace: trace() });
    await until(async () => (await get(id)).progress.ratio > 0.2);
    const [childPid = ''] = ((await linesOf(trace()))[0] ?? '').split(' ');
    await startWorker(1);
    const killedAt = Date.now();
    await end(first.process, 'SIGKILL');
    await until(async () => (await get(id)).attempt === 2 && (await get(id)).state === 'running');
    const runningAgainMs = Date.now() - killedAt;
    await until(() => !isAlive(Number(childPid)), 5_000);
    const job = await until(async () => {
      const now = await get(id);
      return now.state === 'succeeded' ? now : null;
    });
    expect(runningAgainMs).toBeLessThan(10_000);
    expect(job.attempt).toBe(2);
    expect(Number(job.outputs.startedAt)).toBeGreaterThan(5);
    expect(await linesOf(join(folder, 'completions'))).toEqual([`${id} 2`]);
    const done = (await api.database.read((em) => api.ledger.eventsAfter(em, id, 0, 1_000))).filter(({ type }) => type === 'done');
    expect(done).toHaveLength(1);
  }, 60_000);

  it('hand their jobs over when they are asked to stop', async () => {
    const first = await startWorker(1);
    // Long enough that a slow machine still finds it running when the worker is asked to stop.
    const { id } = await api.submit({ until: 100, stepMs: 100, trace: trace() });
    await startWorker(1);
    await until(async () => (await get(id)).progress.ratio > 0.02);
    await end(first.process, 'SIGTERM');
    const job = await until(async () => {
      const now = await get(id);
      return now.state === 'succeeded' ? now : null;
    });
    expect(Number(job.outputs.startedAt)).toBeGreaterThan(1);
    const [row] = await postgres.query<{ crashes: number }>('select crashes from job');
    expect(row?.crashes).toBe(0);
  }, 60_000);
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exited;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
