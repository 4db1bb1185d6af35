import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Worker } from '@crisol/contracts';

export interface LiveWorker {
  readonly id: string;
  readonly host: string;
  readonly role: 'all' | 'worker';
  readonly capacity: number;
  readonly running: number;
}

/** The rows by which workers say that they live. */
@Injectable()
export class WorkerRegistry {
  async beat(em: EntityManager, worker: LiveWorker): Promise<void> {
    await em.execute(
      `insert into worker (id, host, role, capacity, running) values (?, ?, ?, ?, ?)
       on conflict (id) do update set running = excluded.running, last_heartbeat_at = clock_timestamp()`,
      [worker.id, worker.host, worker.role, worker.capacity, worker.running],
    );
  }

  async leave(em: EntityManager, id: string): Promise<void> {
    await em.execute('delete from worker where id = ?', [id]);
  }

  async forgetDead(em: EntityManager): Promise<void> {
    await em.execute(`delete from worker where last_heartbeat_at < now() - interval '1 hour'`);
  }

  async list(em: EntityManager): Promise<Worker[]> {
    type Row = Omit<Worker, 'startedAt' | 'lastHeartbeatAt'> & { started: number; beat: number };
    const rows = await em.execute<Row[]>(
      `select id, host, role, capacity, running, (extract(epoch from started_at) * 1000)::float8 as started,
              (extract(epoch from last_heartbeat_at) * 1000)::float8 as beat,
              last_heartbeat_at > clock_timestamp() - interval '10 seconds' as alive
         from worker order by started_at, id`,
    );
    return rows.map(({ started, beat, ...worker }) => ({
      ...worker,
      startedAt: new Date(started).toISOString(),
      lastHeartbeatAt: new Date(beat).toISOString(),
    }));
  }
}
