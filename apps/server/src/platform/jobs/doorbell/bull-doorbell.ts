import { Logger } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { parseId } from '@crisol/contracts';
import type { Job, Queue, QueueOptions } from 'bull';
import { z } from 'zod';
import type { Database } from '../../database/database.js';
import { Doorbell, type DoorbellState } from './doorbell.port.js';
import type { ListenNotifyDoorbell } from './listen-notify-doorbell.js';

export const doorbellQueue = 'crisol-doorbell';

/** A ring older than this is worth nothing: the reconciler has rung again meanwhile. */
const ringLifeMs = 60_000;
const sweepMs = 30_000;
const addTimeoutMs = 1_000;
/** Rings for the same job within this time are one. */
const sameRingMs = 5_000;

const Ring = z.strictObject({ id: z.string().refine((id) => parseId('job', id) !== undefined) });

/**
 * Settings under which Bull's own idea of a job never matters: one try, no stall check, nothing kept. Leases, attempts
 * and retries live in the row.
 */
export function bullOptions(redisUrl: string): QueueOptions {
  const url = new URL(redisUrl);
  return {
    redis: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 6379),
      ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
      ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
      db: Number(url.pathname.slice(1) || 0),
      ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
      maxRetriesPerRequest: null,
      enableReadyCheck: false,
      retryStrategy: (times: number) => Math.min(2_000, 100 * times),
    },
    prefix: 'crisol',
    // One look for stalled rings at the start (0 would send Redis an invalid expiry), and then none for weeks.
    settings: { stalledInterval: 2 ** 31 - 1, maxStalledCount: 0, lockDuration: 30_000, drainDelay: 5 },
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  };
}

/** Rings through Bull, which gives each ring to one worker of many. Without Redis it rings through NOTIFY instead. */
export class BullDoorbell extends Doorbell {
  readonly #log = new Logger('Doorbell');
  readonly #sweep: NodeJS.Timeout;
  #hungry = true;
  #closed = false;

  constructor(
    private readonly queue: Queue<unknown>,
    private readonly database: Database,
    private readonly fallback: ListenNotifyDoorbell,
    private readonly onRefused: () => void,
  ) {
    super();
    let complained = 0;
    queue.on('error', (error) => {
      if (Date.now() - complained < 60_000) return;
      complained = Date.now();
      this.#log.warn(`Redis: ${error.message}. While it is away, jobs are rung through PostgreSQL.`);
    });
    this.#sweep = setInterval(() => void this.#forgetOldRings(), sweepMs);
    this.#sweep.unref();
  }

  async ring(em: EntityManager, jobId: string): Promise<void> {
    if (!this.#redisIsThere) return this.fallback.ring(em, jobId);
    this.database.afterCommit(em, () => void this.#add(jobId));
  }

  async listen(onRing: (jobId: string) => void): Promise<void> {
    await this.fallback.listen(onRing);
    this.queue
      // Under whatever name a ring was written, it is looked at here.
      .process('*', 1, (job: Job<unknown>) => {
        const ring = Ring.safeParse(job.data);
        if (ring.success) onRing(ring.data.id);
        else this.onRefused();
        return Promise.resolve();
      })
      .catch((error: unknown) => {
        if (!this.#closed) this.#log.error('Rings cannot be taken from Redis; jobs are found by polling', error);
      });
  }

  setHungry(hungry: boolean): void {
    if (hungry === this.#hungry || this.#closed) return;
    this.#hungry = hungry;
    // Without Redis there is nothing to pause; `resume` comes with the next free place.
    (hungry ? this.queue.resume(true) : this.queue.pause(true, true)).catch((error: unknown) =>
      this.#log.warn('The doorbell did not listen to a pause', error),
    );
  }

  state(): DoorbellState {
    return this.#redisIsThere ? 'bull' : this.fallback.state();
  }

  complaint(): string | null {
    return this.#redisIsThere ? this.fallback.complaint() : 'Redis is not reachable; jobs are rung through PostgreSQL.';
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweep);
    await this.fallback.close();
    // Redis may be away, and then its orderly goodbye never ends.
    await withTimeout(this.queue.close(true), addTimeoutMs).catch(() => undefined);
  }

  get #redisIsThere(): boolean {
    return !this.#closed && this.queue.client.status === 'ready';
  }

  async #add(jobId: string): Promise<void> {
    try {
      await withTimeout(this.queue.add({ id: jobId }, { jobId: `${jobId}@${Math.floor(Date.now() / sameRingMs)}` }), addTimeoutMs);
    } catch (error) {
      this.#log.warn('A ring did not reach Redis; it goes through PostgreSQL', error);
      await this.database
        .transaction((em) => this.fallback.ring(em, jobId))
        .catch((again: unknown) => this.#log.warn('A ring was lost; the job is found by polling', again));
    }
  }

  async #forgetOldRings(): Promise<void> {
    if (!this.#redisIsThere) return;
    try {
      await withTimeout(Promise.all([this.queue.clean(ringLifeMs, 'wait'), this.queue.clean(ringLifeMs, 'active')]), 10 * addTimeoutMs);
    } catch (error) {
      this.#log.warn('Old rings could not be removed from Redis', error);
    }
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
