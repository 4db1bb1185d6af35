// A worker process of its own, from built code: `node ledger-process.mjs '<settings as JSON>'`.
import { MikroORM } from '@mikro-orm/postgresql';
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { Database } from '../../dist/platform/database/database.js';
import { PostgresEventBus } from '../../dist/platform/events/postgres-event-bus.js';
import { PostgresListener } from '../../dist/platform/events/postgres-listener.js';
import { Checkpoints } from '../../dist/platform/jobs/checkpoints.js';
import { ListenNotifyDoorbell } from '../../dist/platform/jobs/doorbell/listen-notify-doorbell.js';
import { HandlerRegistry } from '../../dist/platform/jobs/handler-registry.js';
import { JobAnswers } from '../../dist/platform/jobs/job-answers.js';
import { JobEnder } from '../../dist/platform/jobs/job-ender.js';
import { JobMetrics } from '../../dist/platform/jobs/job-metrics.js';
import { JobWorker } from '../../dist/platform/jobs/job-worker.js';
import { LeaseReconciler } from '../../dist/platform/jobs/lease-reconciler.js';
import { Ledger } from '../../dist/platform/jobs/ledger.js';
import { WorkerRegistry } from '../../dist/platform/jobs/worker-registry.js';
import { FolderStorage } from '../../dist/platform/storage/folder-storage.js';

const settings = JSON.parse(process.argv[2]);
const orm = await MikroORM.init({ clientUrl: settings.url, entities: [], discovery: { warnWhenNoEntities: false } });

class PlainDatabase extends Database {
  #after = new WeakMap();
  read(work) {
    return work(orm.em.fork());
  }
  async transaction(work) {
    let inner;
    const result = await orm.em.fork().transactional((em) => work((inner = em)));
    for (const callback of this.#after.get(inner) ?? []) callback();
    return result;
  }
  afterCommit(em, callback) {
    this.#after.set(em, [...(this.#after.get(em) ?? []), callback]);
  }
}

const database = new PlainDatabase();
const listener = new PostgresListener(database);
const events = new PostgresEventBus(database, listener);
await events.onModuleInit();
const storage = new FolderStorage({ folder: settings.storage, minimumFreeRatio: 0 });
await storage.start();
const ledger = new Ledger(events);
const handlers = new HandlerRegistry();
const metrics = new JobMetrics();
const ender = new JobEnder(database, ledger, handlers, storage, metrics);
const doorbell = new ListenNotifyDoorbell(listener);
const reconciler = new LeaseReconciler(database, ledger, ender, doorbell, metrics);
const checkpoints = new Checkpoints(database, ledger, storage);
handlers.register({
  kind: 'model.train',
  scope: 'training:write',
  input: z.any(),
  program: settings.program,
  maxAttempts: 5,
  plan: (_em, _actor, input) => Promise.resolve({ name: 'count', input }),
  prepare: (job) => Promise.resolve(job.input),
  complete: (_em, job, result) => {
    appendFileSync(settings.completions, `${job.id} ${job.attempt}\n`);
    return Promise.resolve({ startedAt: String(result.startedAt) });
  },
});
const config = { role: 'worker', workerConcurrency: settings.concurrency };
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
  new WorkerRegistry(),
  new JobAnswers(),
);
await worker.onApplicationBootstrap();
process.stdout.write(`${worker.id}\n`);
process.on('SIGTERM', async () => {
  await worker.beforeApplicationShutdown();
  await events.onApplicationShutdown();
  await listener.close();
  await storage.stop();
  await orm.close();
  process.exit(0);
});
