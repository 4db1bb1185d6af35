import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Something that happened. `topic` says which streams show it (`jobs.<id>`, `endpoints.<id>`, `datasets`, `plugins` …),
 * `type` is `<noun>.<past>`. `data` is small plain JSON (under 4 kB): ids and patches, never rows.
 */
export interface DomainEvent {
  readonly topic: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
export type RecordedListener = (em: EntityManager, event: DomainEvent) => Promise<void>;
export type PublishedListener = (event: DomainEvent) => void;

/**
 * News between rooms and processes. `record` belongs to a transaction: its listeners write in the same one (the outbox does),
 * and every process hears the event after the commit, through NOTIFY. `publish` is for news that no row stands behind.
 */
export abstract class EventBus {
  abstract record(em: EntityManager, event: DomainEvent): Promise<void>;
  abstract publish(event: DomainEvent): void;
  /** Listens inside the recording transaction, in the recording process only. `type` may be `*`. */
  abstract onRecorded(type: string, listener: RecordedListener): void;
  /**
   * Listens to events of all processes, this one included, after their commit. `type` may be `*`. Returns the way to stop.
   * After a lost connection to PostgreSQL comes one event of type `events.missed`: whoever keeps a copy reads it again.
   */
  abstract onPublished(type: string, listener: PublishedListener): () => void;
}
