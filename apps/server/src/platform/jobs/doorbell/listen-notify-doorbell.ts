import type { EntityManager } from '@mikro-orm/postgresql';
import { parseId } from '@crisol/contracts';
import type { PostgresListener } from '../../events/postgres-listener.js';
import { Doorbell, type DoorbellState } from './doorbell.port.js';

const channel = 'crisol_job';

/** Rings through NOTIFY, which PostgreSQL itself delivers at the commit. Every worker hears it; the claim decides. */
export class ListenNotifyDoorbell extends Doorbell {
  #stop: (() => void)[] = [];

  constructor(private readonly listener: PostgresListener) {
    super();
  }

  async ring(em: EntityManager, jobId: string): Promise<void> {
    await em.execute('select pg_notify(?, ?)', [channel, jobId]);
  }

  async listen(onRing: (jobId: string) => void): Promise<void> {
    this.#stop.push(
      await this.listener.listen(channel, (payload) => {
        if (parseId('job', payload)) onRing(payload);
      }),
      // Rings sent while the connection was away are lost: look once.
      this.listener.onReconnect(() => onRing('')),
    );
  }

  setHungry(): void {
    // Every worker hears every ring, so none is taken from another.
  }

  state(): DoorbellState {
    return this.listener.connected ? 'listen' : 'polling';
  }

  complaint(): string | null {
    return this.listener.connected ? null : 'The listening connection to PostgreSQL is away; jobs are found by polling.';
  }

  close(): Promise<void> {
    for (const stop of this.#stop.splice(0)) stop();
    return Promise.resolve();
  }
}
