import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobError } from '@crisol/contracts';
import { Database } from '../database/database.js';
import { ProblemError } from '../http/problem.js';
import { ObjectStorage } from '../storage/object-storage.port.js';
import { HandlerRegistry } from './handler-registry.js';
import { JobMetrics } from './job-metrics.js';
import { toClaimedJob, type JobRow } from './job-row.js';
import { Ledger, type AttemptOf } from './ledger.js';

/** Ends jobs: the row, the handler's own effects and the news, in one transaction. */
@Injectable()
export class JobEnder {
  readonly #log = new Logger('Jobs');

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly handlers: HandlerRegistry,
    private readonly storage: ObjectStorage,
    private readonly metrics: JobMetrics,
  ) {}

  /** Throws `job_lease_lost`, or whatever the handler's `complete` throws. */
  async complete(job: AttemptOf, result: unknown, workFolder: string): Promise<void> {
    const ended = await this.database.transaction(async (em) => {
      const row = await this.ledger.lockAttempt(em, job);
      const outputs = await this.handlers.get(row.kind).complete(em, toClaimedJob(row), result, workFolder);
      await this.ledger.end(em, row, { state: 'succeeded', outputs });
      return row;
    });
    await this.#after(ended, 'succeeded');
  }

  /** Ends an attempt as failed or cancelled. Throws `job_lease_lost`. */
  async fail(job: AttemptOf, error: JobError, state: 'failed' | 'cancelled'): Promise<void> {
    await this.endAs(state, error, (em) => this.ledger.lockAttempt(em, job));
  }

  /** Ends the row that `lock` gives, if any; says whether there was one. A handler that fails here does not keep the job alive. */
  async endAs(state: 'failed' | 'cancelled', error: JobError, lock: (em: EntityManager) => Promise<JobRow | null>): Promise<boolean> {
    const end = (withHandler: boolean): Promise<JobRow | null> =>
      this.database.transaction(async (em) => {
        const row = await lock(em);
        if (!row) return null;
        if (withHandler && this.handlers.kinds.includes(row.kind))
          await this.handlers.get(row.kind).failed?.(em, toClaimedJob(row), error, state);
        await this.ledger.end(em, row, { state, error });
        return row;
      });
    let row: JobRow | null;
    try {
      row = await end(true);
    } catch (cause) {
      if (cause instanceof ProblemError && cause.code === 'job_lease_lost') throw cause;
      this.#log.error('The handler of a failed job failed itself; the job ends without it', cause);
      row = await end(false);
    }
    if (row) await this.#after(row, state);
    return row !== null;
  }

  async #after(row: JobRow, outcome: string): Promise<void> {
    this.metrics.runs.inc({ kind: row.kind, outcome });
    if (row.attempt_started_at !== null)
      this.metrics.duration.observe({ kind: row.kind }, Math.max(0, Date.now() - row.attempt_started_at) / 1000);
    for (const { key } of row.checkpoints)
      await this.storage.delete(key).catch((error: unknown) => this.#log.warn('A checkpoint could not be deleted', error));
  }
}
