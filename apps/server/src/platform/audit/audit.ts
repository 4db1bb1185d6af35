import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../auth/actor.js';

export interface AuditEntry {
  /** `<noun>.<past>`, such as `alias.moved`. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string | null; readonly name: string };
  readonly outcome?: 'done' | 'refused';
  /** What changed, small; secrets are never in it. */
  readonly change?: unknown;
}

/** The append-only record of who did what, in a hash chain, written in the transaction of the act. */
export abstract class Audit {
  abstract record(em: EntityManager, actor: Actor, entry: AuditEntry): Promise<void>;
}
