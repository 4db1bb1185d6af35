import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import type { Scope } from '@crisol/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { z } from 'zod';
import type { Actor } from '../../../src/platform/auth/actor.js';
import type { Config } from '../../../src/platform/config/config.js';
import { Database } from '../../../src/platform/database/database.js';
import { jobs as jobsMigration } from '../../../src/platform/database/migrations/0003-jobs.js';
import { PostgresEventBus } from '../../../src/platform/events/postgres-event-bus.js';
import { PostgresListener } from '../../../src/platform/events/postgres-listener.js';
import { Checkpoints } from '../../../src/platform/jobs/checkpoints.js';
import type { Doorbell } from '../../../src/platform/jobs/doorbell/doorbell.port.js';
import { ListenNotifyDoorbell } from '../../../src/platform/jobs/doorbell/listen-notify-doorbell.js';
import { HandlerRegistry, type AnyHandler } from '../../../src/platform/jobs/handler-registry.js';
import { JobAnswers } from '../../../src/platform/jobs/job-answers.js';
import { JobEnder } from '../../../src/platform/jobs/job-ender.js';
import { JobMetrics } from '../../../src/platform/jobs/job-metrics.js';
import { JobWorker } from '../../../src/platform/jobs/job-worker.js';
import { JobsService } from '../../../src/platform/jobs/jobs.service.js';
import { LeaseReconciler } from '../../../src/platform/jobs/lease-reconciler.js';
import { Ledger } from '../../../src/platform/jobs/ledger.js';
import { WorkerRegistry } from '../../../src/platform/jobs/worker-registry.js';
import { FolderStorage } from '../../../src/platform/storage/folder-storage.js';
import type { TestPostgres } from './start-postgres.js';

/** The port of the database on a plain ORM. */
export class PlainDatabase extends Database {
  readonly #after = new WeakMap<EntityManager, (() => void)[]>();

  private constructor(private readonly orm: MikroORM) {
    super();
  }

  static async open(url: string): Promise<PlainDatabase> {
    return new PlainDatabase(
      await MikroORM.init({ clientUrl: url, entities: [], discovery: { warnWhenNoEntities: false }, pool: { min: 0, max: 8 } }),
    );
  }

  async transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    let callbacks: (() => void)[] = [];
    const result = await this.orm.em.fork().transactional(async (em) => {
      const fork = em as EntityManager;
      this.#after.set(fork, (callbacks = []));
      return work(fork);
    });
    for (const callback of callbacks) callback();
    return result;
  }

  read<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    return work(this.orm.em.fork() as EntityManager);
  }

  afterCommit(em: EntityManager, callback: () => void): void {
    this.#after.get(em)?.push(callback);
  }

  async close(): Promise<void> {
    await this.orm.close();
  }
}

export function anActor(...scopes: Scope[]): Actor {
  return { kind: 'key', id: 'key_01j8000000e008000000000001', name: 'test', scopes: new Set(scopes), endpoints: null, requestId: null };
}

export const programFile = (name: string): string => fileURLToPath(new URL(`../../fixture-programs/${name}.program.mjs`, import.meta.url));

export function aHandler(program: string, changes: Partial<AnyHandler> = {}): AnyHandler {
  return {
    kind: 'model.train',
    scope: 'training:write',
    input: z.looseObject({}),
    program: programFile(program),
    plan: (_em, _actor, input) => Promise.resolve({ name: program, input }),
    prepare: (job) => Promise.resolve(job.input),
    complete: (_em, _job, result) => Promise.resolve({ result: JSON.stringify(result) }),
    ...changes,
  };
}

/** Waits for a state, with a deadline. */
export async function until<T>(
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 20_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export interface WorldOptions {
  readonly handlers?: readonly AnyHandler[];
  readonly role?: 'all' | 'api' | 'worker';
  readonly concurrency?: number;
  readonly storage?: string;
  readonly doorbell?: (database: Database, listener: PostgresListener) => Doorbell;
}

/** The ledger of one process, put together by hand. */
export async function openWorld(postgres: TestPostgres, options: WorldOptions = {}) {
  const database = await PlainDatabase.open(postgres.url);
  const folder = options.storage ?? (await mkdtemp(join(tmpdir(), 'crisol-ledger-')));
  const listener = new PostgresListener(database);
  const events = new PostgresEventBus(database, listener);
  await events.onModuleInit();
  const storage = new FolderStorage({ folder, minimumFreeRatio: 0 });
  await storage.start();
  const ledger = new Ledger(events);
  const handlers = new HandlerRegistry();
  const answers = new JobAnswers();
  const metrics = new JobMetrics();
  const ender = new JobEnder(database, ledger, handlers, storage, metrics);
  const doorbell = options.doorbell?.(database, listener) ?? new ListenNotifyDoorbell(listener);
  const workers = new WorkerRegistry();
  const reconciler = new LeaseReconciler(database, ledger, ender, doorbell, metrics);
  const jobs = new JobsService(database, ledger, handlers, doorbell, events, ender, workers);
  const checkpoints = new Checkpoints(database, ledger, storage);
  // Only these two settings matter to a worker.
  const config = { role: options.role ?? 'worker', workerConcurrency: options.concurrency ?? 2 } as Config;
  const worker = new JobWorker(
    config,
    database,
    ledger,
    events,
    handlers,
    ender,
    checkpoints,
    storage,
    doorbell,
    reconciler,
    workers,
    answers,
  );
  for (const handler of options.handlers ?? []) jobs.register(handler);
  await worker.onApplicationBootstrap();
  return {
    database,
    events,
    listener,
    ledger,
    jobs,
    worker,
    answers,
    storage,
    doorbell,
    reconciler,
    folder,
    submit: (input: object, actor = anActor('training:write')) =>
      database.transaction((em) => jobs.submit(em, actor, 'model.train', input)),
    close: async () => {
      await worker.beforeApplicationShutdown();
      await doorbell.close();
      await events.onApplicationShutdown();
      await listener.close();
      await storage.stop();
      await database.close();
      if (!options.storage) await rm(folder, { recursive: true, force: true });
    },
  };
}
export type LedgerWorld = Awaited<ReturnType<typeof openWorld>>;

/** Empties the tables between tests, making them first. */
export async function resetLedger(postgres: TestPostgres): Promise<void> {
  const [made] = await postgres.query<{ made: boolean }>(`select to_regclass('job') is not null as made`);
  if (made?.made) await postgres.query('truncate job, job_event, worker');
  else for (const statement of jobsMigration.statements) await postgres.query(statement);
}
