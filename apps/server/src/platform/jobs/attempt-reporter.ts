import { Logger } from '@nestjs/common';
import { looseNumber, type JobProgress } from '@crisol/contracts';
import type { Database } from '../database/database.js';
import type { EventBus } from '../events/event-bus.js';
import { ProblemError } from '../http/problem.js';
import type { FromChild } from './child/job-messages.js';
import type { AnyHandler } from './handler-registry.js';
import type { MetricPoint } from './job-handler.js';
import { toClaimedJob, type JobRow } from './job-row.js';
import type { Ledger, NewJobEvent } from './ledger.js';

/** At most four writes a second for each job. */
const flushMs = 250;
const maxPoints = 50_000;
const maxLogs = 500;

export interface ReporterParts {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly events: EventBus;
}

/** Gathers what a child reports and writes it in batches, fenced by the attempt. */
export class AttemptReporter {
  readonly #log = new Logger('Jobs');
  readonly #startedAt = Date.now();
  #points: MetricPoint[] = [];
  #logs: NewJobEvent[] = [];
  #droppedPoints = 0;
  #droppedLogs = 0;
  #progress: JobProgress | null = null;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    private readonly parts: ReporterParts,
    private readonly row: JobRow,
    private readonly handler: AnyHandler,
    private readonly onLost: () => void,
  ) {}

  take(message: Extract<FromChild, { type: 'progress' | 'metrics' | 'log' }>): void {
    if (message.type === 'progress') this.#progress = this.#toProgress(message);
    else if (message.type === 'log') this.log(message.level, message.message);
    else {
      const room = Math.max(0, maxPoints - this.#points.length);
      this.#points.push(...message.points.slice(0, room));
      this.#droppedPoints += Math.max(0, message.points.length - room);
    }
    this.#later();
  }

  log(level: 'info' | 'warn' | 'error', message: string): void {
    if (this.#logs.length < maxLogs) this.#logs.push({ type: 'log', data: { level, message } });
    else this.#droppedLogs++;
    this.#later();
  }

  /** Writes what is left; nothing is written afterwards. */
  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  #later(): void {
    if (!this.#closed) this.#timer ??= setTimeout(() => void this.flush(), flushMs);
  }

  async #write(): Promise<void> {
    const points = this.#points.splice(0);
    const logs = [...this.#logs.splice(0), ...this.#dropped()];
    const progress = this.#progress;
    this.#progress = null;
    if (this.#closed || (points.length === 0 && logs.length === 0 && !progress)) return;
    const events: NewJobEvent[] = [
      ...logs,
      ...points.map(({ name, step, value }): NewJobEvent => ({ type: 'metric', data: { name, step, value: looseNumber(value) } })),
      ...(progress ? [{ type: 'progress' as const, data: { ...progress } }] : []),
    ];
    try {
      await this.parts.database.transaction(async (em) => {
        const row = await this.parts.ledger.lockAttempt(em, this.row);
        if (points.length > 0) await this.handler.metrics?.(em, toClaimedJob(row), points);
        await this.parts.ledger.report(em, row, events, progress);
      });
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'job_lease_lost') return this.onLost();
      // The job goes on; what the database did not take comes again with the next batch.
      this.#log.warn(`The reports of ${this.row.id} could not be written`, error);
      this.#points = [...points, ...this.#points].slice(0, maxPoints);
      this.#logs = [...logs, ...this.#logs].slice(0, maxLogs);
      this.#progress ??= progress;
      this.#later();
      return;
    }
    const { id, kind, name, attempt } = this.row;
    this.parts.events.publish({
      topic: `jobs.${id}`,
      type: progress ? 'job.progressed' : 'job.reported',
      data: { id, kind, name, state: 'running', attempt, ...(progress ? { progress } : {}) },
    });
  }

  #dropped(): NewJobEvent[] {
    const [points, logs] = [this.#droppedPoints, this.#droppedLogs];
    this.#droppedPoints = this.#droppedLogs = 0;
    if (points + logs === 0) return [];
    return [
      { type: 'log', data: { level: 'warn', message: `Reported too fast: ${points} metric points and ${logs} log lines were dropped.` } },
    ];
  }

  #toProgress({ ratio, message, step }: { ratio: number; message: string; step: string }): JobProgress {
    const elapsedMs = Date.now() - this.#startedAt;
    return { ratio, step, totalSteps: null, message, remainingMs: ratio > 0.01 ? Math.round((elapsedMs * (1 - ratio)) / ratio) : null };
  }
}
