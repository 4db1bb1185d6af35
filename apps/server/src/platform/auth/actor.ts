import type { Scope } from '@crisol/contracts';

/** Who acts: a signed-in user, an API key, or the system itself. Made by the guard; travels as a plain value below the controllers. */
export interface Actor {
  readonly kind: 'user' | 'key' | 'system';
  /** `usr_…` or `key_…`; null for the system. */
  readonly id: string | null;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Names of the endpoints that a key is limited to; null for all. */
  readonly endpoints: ReadonlySet<string> | null;
  readonly requestId: string | null;
}

export const systemActor: Actor = Object.freeze({
  kind: 'system',
  id: null,
  name: 'system',
  scopes: new Set<Scope>(),
  endpoints: null,
  requestId: null,
});
