import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { PostgresListener } from '../events/postgres-listener.js';
import { Doorbell } from './doorbell/doorbell.port.js';
import { JobWorker } from './job-worker.js';
import { WorkerRegistry } from './worker-registry.js';

export interface PartHealth {
  readonly status: 'up' | 'degraded' | 'down';
  readonly message?: string;
}

/** How the jobs stand, for readiness: down means that this process should get no traffic, degraded that it works by a detour. */
@Injectable()
export class JobsHealth {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly doorbell: Doorbell,
    private readonly listener: PostgresListener,
    private readonly worker: JobWorker,
    private readonly workers: WorkerRegistry,
  ) {}

  async check(): Promise<PartHealth> {
    if (!this.worker.isHealthy) return { status: 'down', message: 'The heartbeat of this worker does not reach the database.' };
    if (!this.listener.connected) return { status: 'degraded', message: 'The listening connection to PostgreSQL is away; news come late.' };
    const complaint = this.doorbell.complaint();
    if (complaint) return { status: 'degraded', message: complaint };
    if (this.config.role === 'api') {
      const workers = await this.database.read((em) => this.workers.list(em));
      if (!workers.some(({ alive }) => alive)) return { status: 'degraded', message: 'No worker is alive; jobs wait.' };
    }
    return { status: 'up' };
  }
}
