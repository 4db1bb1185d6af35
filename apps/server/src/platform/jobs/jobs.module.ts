import { BullModule, getQueueToken } from '@nestjs/bull';
import { Global, Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import type { Queue } from 'bull';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { EventStream } from '../events/event-stream.js';
import { PostgresListener } from '../events/postgres-listener.js';
import { Checkpoints } from './checkpoints.js';
import { BullDoorbell, bullOptions, doorbellQueue } from './doorbell/bull-doorbell.js';
import { Doorbell } from './doorbell/doorbell.port.js';
import { ListenNotifyDoorbell } from './doorbell/listen-notify-doorbell.js';
import { HandlerRegistry } from './handler-registry.js';
import { JobAnswers } from './job-answers.js';
import { JobEnder } from './job-ender.js';
import { JobEventStream } from './job-event-stream.js';
import { Jobs } from './job-handler.js';
import { JobMetrics } from './job-metrics.js';
import { JobRoutes } from './job-routes.js';
import { JobWorker } from './job-worker.js';
import { JobsController, WorkersController } from './jobs.controller.js';
import { JobsHealth } from './jobs-health.js';
import { JobsService } from './jobs.service.js';
import { LeaseReconciler } from './lease-reconciler.js';
import { Ledger } from './ledger.js';
import { WorkerRegistry } from './worker-registry.js';

/** Lets the event stream know who may hear of which job, and closes the doorbell of processes that only submit. */
@Injectable()
class JobsLife implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly stream: EventStream,
    private readonly handlers: HandlerRegistry,
    private readonly doorbell: Doorbell,
  ) {}

  onModuleInit(): void {
    this.stream.rule('jobs', (actor, { data }) => typeof data.kind === 'string' && this.handlers.visibleTo(actor).includes(data.kind));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.doorbell.close();
  }
}

/** Bull's module is loaded only where there is a Redis to talk to: it connects as soon as it exists. */
async function makeDoorbell(
  config: Config,
  database: Database,
  listener: PostgresListener,
  metrics: JobMetrics,
  loader: LazyModuleLoader,
): Promise<Doorbell> {
  const notify = new ListenNotifyDoorbell(listener);
  if (config.redisUrl === null) return notify;
  const options = bullOptions(config.redisUrl);
  const bull = await loader.load(() => BullModule.registerQueue({ ...options, name: doorbellQueue }));
  const queue = bull.get<Queue<unknown>>(getQueueToken(doorbellQueue), { strict: false });
  return new BullDoorbell(queue, database, notify, () => metrics.refusedRings.inc());
}

@Global()
@Module({
  controllers: [JobsController, WorkersController],
  providers: [
    { provide: Doorbell, inject: [Config, Database, PostgresListener, JobMetrics, LazyModuleLoader], useFactory: makeDoorbell },
    HandlerRegistry,
    JobAnswers,
    Ledger,
    JobMetrics,
    JobEnder,
    Checkpoints,
    WorkerRegistry,
    LeaseReconciler,
    JobsService,
    { provide: Jobs, useExisting: JobsService },
    JobEventStream,
    JobRoutes,
    JobWorker,
    JobsHealth,
    JobsLife,
  ],
  exports: [Jobs, JobAnswers, JobsHealth],
})
export class JobsModule {}
