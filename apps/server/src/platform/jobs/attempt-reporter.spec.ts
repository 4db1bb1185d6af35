import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { Database } from '../database/database.js';
import { EventBus, type DomainEvent } from '../events/event-bus.js';
import { problem } from '../http/problem.js';
import { AttemptReporter } from './attempt-reporter.js';
import { noProgress, type JobRow } from './job-row.js';
import { Ledger, type NewJobEvent } from './ledger.js';

class FakeDatabase extends Database {
  fails = 0;
  transactions = 0;
  transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    this.transactions++;
    if (this.fails-- > 0) return Promise.reject(new Error('connection reset'));
    // Nothing here looks into the EntityManager.
    return work({} as EntityManager);
  }
  read<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.transaction(work);
  }
  afterCommit(): void {
    throw new Error('not used');
  }
}
class FakeEvents extends EventBus {
  readonly published: DomainEvent[] = [];
  record(): Promise<void> {
    return Promise.resolve();
  }
  publish(event: DomainEvent): void {
    this.published.push(event);
  }
  onRecorded(): void {
    throw new Error('not used');
  }
  onPublished(): () => void {
    throw new Error('not used');
  }
}
class FakeLedger extends Ledger {
  readonly written: NewJobEvent[] = [];
  lost = false;
  override lockAttempt(): Promise<JobRow> {
    return this.lost ? Promise.reject(problem('job_lease_lost')) : Promise.resolve(row);
  }
  override report(_em: EntityManager, _row: JobRow, events: readonly NewJobEvent[]): Promise<void> {
    this.written.push(...events);
    return Promise.resolve();
  }
}

// Only these fields matter to the reporter.
const row = { id: 'job_1', kind: 'model.train', name: 'x', attempt: 1, input: {}, notes: {}, progress: noProgress } as JobRow;
const metrics = (count: number, from = 0) => ({
  type: 'metrics' as const,
  points: Array.from({ length: count }, (_, n) => ({ name: 'loss', step: from + n, value: 1 / (n + 1), at: 0 })),
});

describe(AttemptReporter.name, () => {
  const database = new FakeDatabase();
  const events = new FakeEvents();
  let ledger: FakeLedger;
  let lost: number;
  let reporter: AttemptReporter;
  beforeEach(() => {
    jest.useFakeTimers();
    Object.assign(database, { fails: 0, transactions: 0 });
    events.published.length = 0;
    ledger = new FakeLedger(events);
    lost = 0;
    const handler = {
      kind: 'model.train' as const,
      scope: 'training:write' as const,
      input: z.unknown(),
      program: '',
      plan: () => Promise.reject(new Error('not used')),
      prepare: () => Promise.reject(new Error('not used')),
      complete: () => Promise.reject(new Error('not used')),
    };
    reporter = new AttemptReporter({ database, ledger, events }, row, handler, () => lost++);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('writes at most four times a second, and everything', async () => {
    for (let ms = 0; ms < 2_000; ms += 10) {
      reporter.take(metrics(5, ms));
      await jest.advanceTimersByTimeAsync(10);
    }
    await reporter.close();
    expect(database.transactions).toBeLessThanOrEqual(9);
    expect(ledger.written).toHaveLength(1_000);
  });

  it('writes the last progress only, and estimates what is left', async () => {
    await jest.advanceTimersByTimeAsync(10_000);
    reporter.take({ type: 'progress', ratio: 0.1, message: 'one', step: 'fit' });
    reporter.take({ type: 'progress', ratio: 0.25, message: 'two', step: 'fit' });
    await reporter.close();
    expect(ledger.written).toEqual([
      { type: 'progress', data: { ratio: 0.25, step: 'fit', totalSteps: null, message: 'two', remainingMs: 30_000 } },
    ]);
    expect(events.published).toMatchObject([{ topic: 'jobs.job_1', type: 'job.progressed', data: { progress: { ratio: 0.25 } } }]);
  });

  it('keeps what the database did not take, in order', async () => {
    database.fails = 1;
    reporter.take(metrics(2));
    await jest.advanceTimersByTimeAsync(250);
    reporter.take(metrics(2, 2));
    await jest.advanceTimersByTimeAsync(250);
    expect(ledger.written.map(({ data }) => data.step)).toEqual([0, 1, 2, 3]);
  });

  it('says that the attempt is lost when it is not current any more', async () => {
    ledger.lost = true;
    reporter.log('info', 'too late');
    await reporter.close();
    expect([lost, ledger.written]).toEqual([1, []]);
  });

  it('writes numbers that JSON does not have as words', async () => {
    reporter.take({ type: 'metrics', points: [{ name: 'loss', step: 1, value: Number.NaN, at: 0 }] });
    await reporter.close();
    expect(ledger.written[0]?.data.value).toBe('NaN');
  });

  it('drops what comes too fast, and says how much', async () => {
    reporter.take(metrics(50_010));
    for (let n = 0; n < 510; n++) reporter.log('info', String(n));
    await reporter.close();
    expect(ledger.written).toHaveLength(50_000 + 500 + 1);
    expect(ledger.written.find(({ data }) => data.level === 'warn')?.data.message).toContain('10 metric points and 10 log lines');
  });
});
