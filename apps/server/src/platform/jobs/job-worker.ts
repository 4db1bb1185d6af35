import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { ObjectStorage } from '../storage/object-storage.port.js';
import { Attempt } from './attempt.js';
import { Checkpoints } from './checkpoints.js';
import { Doorbell } from './doorbell/doorbell.port.js';
import { HandlerRegistry } from './handler-registry.js';
import { JobAnswers } from './job-answers.js';
import { JobEnder } from './job-ender.js';
import type { JobRow } from './job-row.js';
import { LeaseReconciler } from './lease-reconciler.js';
import { Ledger } from './ledger.js';
import { WorkerRegistry } from './worker-registry.js';

/** A killed worker's job runs again within the lease plus a poll; renewing three times in a lease forgives a slow moment. */
const leaseMs = 6_000;
const renewMs = 2_000;
const pollMs = 1_000;
const ringAgainMs = 10_000;
/** After a pause of the database, others renew before anyone calls their lease expired. */
const healthyBeatsToExpire = 2;

/** Claims jobs and runs each in a child of its own, up to its capacity. */
@Injectable()
export class JobWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly id = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  readonly #log = new Logger('Jobs');
  readonly #running = new Map<string, { readonly attempt: Attempt; readonly done: Promise<void> }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #claiming: Promise<void> | null = null;
  #claimAgain = false;
  #beating: Promise<void> | null = null;
  #healthyBeats = 0;
  #state: 'idle' | 'working' | 'stopped' = 'idle';
  #stopListening: () => void = () => undefined;

  // The parts of a worker are many because it is where they meet.
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly events: EventBus,
    private readonly handlers: HandlerRegistry,
    private readonly ender: JobEnder,
    private readonly checkpoints: Checkpoints,
    private readonly storage: ObjectStorage,
    private readonly doorbell: Doorbell,
    private readonly reconciler: LeaseReconciler,
    private readonly workers: WorkerRegistry,
    private readonly answers: JobAnswers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'api') return;
    this.#state = 'working';
    this.#stopListening = this.events.onPublished('job.cancel_requested', ({ data }) => {
      for (const { attempt } of this.#running.values()) if (attempt.id === data.id) attempt.cancel();
    });
    this.handlers.onRegistered(() => this.#claim());
    await this.#beat();
    await this.doorbell.listen(() => this.#claim());
    this.#every(renewMs, () => this.#beat());
    this.#every(pollMs, () => this.#poll());
    this.#every(ringAgainMs, () => this.#repair());
    this.#claim();
  }

  /** Stops claiming, ends the children and hands their jobs back. */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.#state !== 'working') return;
    this.#state = 'stopped';
    this.#stopListening();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.doorbell.close();
    await this.#claiming;
    await this.#beating;
    for (const { attempt } of this.#running.values()) attempt.handBack();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    await this.database
      .transaction((em) => this.workers.leave(em, this.id))
      .catch((error: unknown) => this.#log.warn('The worker could not sign off', error));
  }

  /** Whether the last heartbeats reached the database. */
  get isHealthy(): boolean {
    return this.#state !== 'working' || this.#healthyBeats > 0;
  }

  #claim(): void {
    if (this.#claiming) {
      this.#claimAgain = true;
      return;
    }
    this.#claiming = this.#claimAll()
      .catch((error: unknown) => this.#log.warn('No job could be claimed', error))
      .finally(() => {
        this.#claiming = null;
        if (this.#claimAgain) {
          this.#claimAgain = false;
          this.#claim();
        }
      });
  }

  async #claimAll(): Promise<void> {
    while (this.#state === 'working' && this.#running.size < this.config.workerConcurrency) {
      const row = await this.database.transaction((em) => this.ledger.claim(em, this.id, leaseMs, this.handlers.kinds));
      if (!row) break;
      this.#start(row);
    }
    this.doorbell.setHungry(this.#running.size < this.config.workerConcurrency);
  }

  #start(row: JobRow): void {
    const { database, ledger, events, ender, checkpoints, storage, answers } = this;
    const attempt = new Attempt({ database, ledger, events, ender, checkpoints, storage, answers }, row, this.handlers.get(row.kind));
    // An attempt that lost its job may still be ending when the job comes back to this worker.
    const place = `${row.id} ${row.attempt}`;
    const done = attempt.run().then(() => {
      this.#running.delete(place);
      this.#claim();
    });
    this.#running.set(place, { attempt, done });
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#renew()
      .then(() => {
        this.#healthyBeats++;
      })
      .catch((error: unknown) => {
        this.#healthyBeats = 0;
        this.#log.warn('The heartbeat did not reach the database', error);
      })
      .finally(() => {
        this.#beating = null;
      });
    return this.#beating;
  }

  async #renew(): Promise<void> {
    const { role } = this.config;
    if (role === 'api') return;
    const held = [...this.#running.values()].map(({ attempt }) => attempt);
    const ours = await this.database.transaction(async (em) => {
      await this.workers.beat(em, { id: this.id, host: hostname(), role, capacity: this.config.workerConcurrency, running: held.length });
      return this.ledger.renew(em, this.id, leaseMs, held);
    });
    for (const attempt of held) {
      const row = ours.find(({ id, attempt: number }) => id === attempt.id && number === attempt.attempt);
      if (row?.cancelRequested) attempt.cancel();
      // One that ended meanwhile is not in the answer either; telling it that it lost changes nothing.
      else if (!row) attempt.lose();
    }
  }

  async #poll(): Promise<void> {
    this.#claim();
    if (this.#healthyBeats >= healthyBeatsToExpire) await this.reconciler.expireLeases();
  }

  async #repair(): Promise<void> {
    await this.reconciler.ringAgain(ringAgainMs / 2, (work, delayMs) => this.#after(delayMs, work));
    await this.reconciler.countJobs();
    await this.database.transaction((em) => this.workers.forgetDead(em));
  }

  /** One after the other, with some jitter so that workers do not march in step. */
  #every(periodMs: number, work: () => Promise<void>): void {
    this.#after(periodMs * (0.9 + Math.random() * 0.2), () => {
      void work()
        .catch((error: unknown) => this.#log.warn('A round of the worker failed', error))
        .finally(() => this.#every(periodMs, work));
    });
  }

  #after(delayMs: number, work: () => void): void {
    if (this.#state !== 'working') return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, delayMs);
    this.#timers.add(timer);
  }
}
