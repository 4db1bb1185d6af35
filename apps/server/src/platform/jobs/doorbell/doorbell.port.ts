import type { EntityManager } from '@mikro-orm/postgresql';

export type DoorbellState = 'listen' | 'bull' | 'polling';

/**
 * Wakes workers when there is a job. It carries only the id and may lose, repeat or delay a ring: the row is the truth,
 * and whoever hears it has to claim.
 */
export abstract class Doorbell {
  /** Rings after the commit of `em`'s transaction; not at all when it rolls back. */
  abstract ring(em: EntityManager, jobId: string): Promise<void>;
  /** Calls `onRing` for rings meant for this worker, from now on. */
  abstract listen(onRing: (jobId: string) => void): Promise<void>;
  /** A worker without a free place takes no rings that another could answer. */
  abstract setHungry(hungry: boolean): void;
  /** What carries rings right now. */
  abstract state(): DoorbellState;
  /** Null when it works as configured, else what is wrong. */
  abstract complaint(): string | null;
  abstract close(): Promise<void>;
}
