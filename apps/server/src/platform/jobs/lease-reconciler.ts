import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Doorbell } from './doorbell/doorbell.port.js';
import { JobEnder } from './job-ender.js';
import { jobError } from './job-errors.js';
import { JobMetrics } from './job-metrics.js';
import type { JobRow } from './job-row.js';
import { Ledger } from './ledger.js';

const maxRings = 500;

/** Repairs what died: leases that ran out, rings that were lost. Any number of processes may do it at once. */
@Injectable()
export class LeaseReconciler {
  readonly #log = new Logger('Jobs');

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly ender: JobEnder,
    private readonly doorbell: Doorbell,
    private readonly metrics: JobMetrics,
  ) {}

  /** Takes jobs from workers that stopped renewing: back to the queue, or to their end. Gives how many. */
  async expireLeases(): Promise<number> {
    let count = 0;
    while (await this.#expireOne()) count++;
    return count;
  }

  /** Rings again for what waits, spread over the time until the next round. */
  async ringAgain(spreadMs: number, later: (work: () => void, delayMs: number) => void): Promise<number> {
    const ids = await this.database.read((em) => this.ledger.waiting(em, maxRings));
    ids.forEach((id, index) => {
      const ring = (): void => {
        this.database
          .transaction((em) => this.doorbell.ring(em, id))
          .catch((error: unknown) => this.#log.warn('A job could not be rung again', error));
      };
      later(ring, Math.floor((spreadMs * index) / ids.length));
    });
    return ids.length;
  }

  async countJobs(): Promise<void> {
    const counts = await this.database.read((em) => this.ledger.countByState(em));
    this.metrics.jobs.reset();
    for (const { kind, state, count } of counts) this.metrics.jobs.set({ kind, state }, count);
  }

  async #expireOne(): Promise<boolean> {
    const found = await this.database.transaction(async (em) => {
      const [row] = await this.ledger.lockExpired(em, 1);
      if (!row) return null;
      if (row.cancel_requested || row.crashes + 1 >= row.max_attempts) return row;
      this.#log.warn(`The worker of ${row.id} is gone; the job goes back to the queue.`);
      await this.ledger.requeue(em, row, { crashed: true, message: 'The worker that ran the job is gone; another one takes it over.' });
      await this.doorbell.ring(em, row.id);
      this.metrics.runs.inc({ kind: row.kind, outcome: 'lost' });
      return { ...row, state: 'queued' as const };
    });
    if (!found) return false;
    if (found.state === 'running') await this.#endExpired(found);
    return true;
  }

  /** The row was let go in between, so it is locked again under the same conditions. */
  async #endExpired(row: JobRow): Promise<void> {
    const lockAgain = async (em: Parameters<Ledger['lock']>[0]): Promise<JobRow | null> => {
      const now = await this.ledger.lock(em, row.id);
      return now && now.state === 'running' && now.attempt === row.attempt && (await this.ledger.isExpired(em, row.id)) ? now : null;
    };
    if (row.cancel_requested)
      await this.ender.endAs('cancelled', jobError('job_cancelled', 'Somebody cancelled it while it ran.'), lockAgain);
    else
      await this.ender.endAs('failed', jobError('job_crashed', `The workers that ran the job died ${row.max_attempts} times.`), lockAgain);
  }
}
