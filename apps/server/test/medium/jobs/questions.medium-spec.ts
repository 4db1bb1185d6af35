import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PluginError } from '@crisol/plugin-api';
import { problem } from '../../../src/platform/http/problem.js';
import type { JobQuestion } from '../../../src/platform/jobs/job-answers.js';
import { aHandler, openWorld, resetLedger, until, type LedgerWorld } from './ledger-world.js';
import { startPostgres, type TestPostgres } from './start-postgres.js';

jest.setTimeout(60_000);

let postgres: TestPostgres;
let world: LedgerWorld;
const asked: JobQuestion[] = [];
const gate = Promise.withResolvers<null>();
let pidAtGate = 0;
beforeAll(async () => {
  postgres = await startPostgres();
  await resetLedger(postgres);
  world = await openWorld(postgres, { handlers: [aHandler('asks', { memoryMb: 512, deadlineMs: 30_000 })] });
  world.answers.register('sum', async (question) => {
    asked.push(question);
    return { sum: (question.body as number[]).reduce((sum, value) => sum + value, 0) };
  });
  world.answers.register('refuse', () => Promise.reject(new PluginError('invalid_input', 'Not like this.')));
  world.answers.register('missing', () => Promise.reject(problem('not_found', { detail: 'There is none.' })));
  world.answers.register('breaks', () => Promise.reject(new Error('secret path /etc/x')));
  world.answers.register('huge', () => Promise.resolve('x'.repeat(2_000_000)));
  world.answers.register('gate', ({ body }) => {
    pidAtGate = Number(body);
    return gate.promise;
  });
});
afterAll(async () => {
  await world.close();
  await postgres.stop();
});

async function run(input: object): Promise<{ answers: unknown[]; limits: unknown }> {
  const { id } = await world.submit(input);
  const row = await until(async () => {
    const [found] = await postgres.query<{ state: string; outputs: { result: string } }>(
      `select state, outputs from job where id = '${id}'`,
    );
    return found?.state === 'succeeded' && found;
  });
  return JSON.parse(row.outputs.result);
}

describe('questions of a job', () => {
  it('are answered by the worker, which knows the attempt and what it prepared', async () => {
    const input = { questions: [['sum', [1, 2, 3]]] };
    expect(await run(input)).toEqual({ answers: [{ sum: 6 }], limits: { memoryMb: 512, deadlineMs: 30_000 } });
    expect(asked[0]).toMatchObject({ job: { attempt: 1 }, prepared: input, body: [1, 2, 3] });
  });

  it('are refused with the code of whoever answers, and without what only the log may say', async () => {
    const questions = [
      ['refuse', null],
      ['missing', null],
      ['breaks', null],
      ['huge', null],
      ['nobody', null],
      ['sum', 'x'.repeat(2_000_000)],
    ];
    expect((await run({ questions })).answers).toEqual([
      'QuestionRefused invalid_input: Not like this.',
      'QuestionRefused not_found: There is none.',
      'QuestionRefused internal_error: The worker could not answer.',
      'QuestionRefused internal_error: The answer is too large.',
      'QuestionRefused not_found: Nothing answers the topic nobody.',
      expect.stringMatching(/^RangeError : A question has at most 1048576 bytes/),
    ]);
  });

  it('have no effect from an attempt that is not the current one', async () => {
    const before = asked.length;
    const { id } = await world.submit({ questions: [['sum', [1]]], waitFor: true });
    const pid = await until(() => pidAtGate);
    // Another worker took it over, and this one has not heard yet.
    await postgres.query(
      `update job set attempt = attempt + 1, worker = 'other', lease_until = now() + interval '1 minute' where id = '${id}'`,
    );
    gate.resolve(null);
    await until(() => !isAlive(pid));
    expect(asked).toHaveLength(before);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
