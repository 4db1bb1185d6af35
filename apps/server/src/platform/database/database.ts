import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * The door to PostgreSQL. Every call gets an EntityManager of its own, forked for it. Below it nobody holds one across
 * calls, and no transaction stays open over inference, storage, HTTP or a stream.
 */
export abstract class Database {
  /** Runs `work` in one transaction (READ COMMITTED) and commits, or rolls back when it throws. */
  abstract transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T>;
  /** Runs reads on a fork without a transaction. */
  abstract read<T>(work: (em: EntityManager) => Promise<T>): Promise<T>;
  /** Runs `callback` once the transaction of `em` has committed; not at all when it rolls back. */
  abstract afterCommit(em: EntityManager, callback: () => void): void;
}
