import type { Actor } from './actor.js';
import type { CrisolRequest } from '../http/route-decorators.js';

/** What the guard found out about a caller, more than rooms need to know. */
export interface Identity {
  readonly actor: Actor;
  /** The user behind a session or a personal key. */
  readonly userId: string | null;
  readonly session: { readonly idHash: string; readonly csrfToken: string } | null;
  readonly expiresAt: Date | null;
  /** Null: the instance's default. */
  readonly requestsPerMinute: number | null;
  /** Null: open. */
  readonly predictionsPerMinute: number | null;
}

export interface IdentifiedRequest extends CrisolRequest {
  identity?: Identity;
}
