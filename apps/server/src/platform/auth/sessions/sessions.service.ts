import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { FreshCache } from '../fresh-cache.js';
import type { Identity } from '../identity.js';
import { roleScopes } from '../roles.js';
import { csrfTokenOf, hashToken, newToken } from '../secret-token.js';
import { UserAccountSchema, type UserAccount } from '../users/user.entity.js';
import { UserSessionSchema } from './session.entity.js';

const hourMs = 3_600_000;
/** A session ends after this long without a request … */
export const idleMs = 12 * hourMs;
/** … and after this long in any case. */
const longestMs = 30 * 24 * hourMs;
const touchEveryMs = 60_000;

interface KnownSession {
  readonly user: { readonly id: string; readonly username: string; readonly role: UserAccount['role'] };
  readonly expiresAt: Date;
  readonly endsAt: Date;
  readonly lastSeenAt: Date;
}

/** Sessions of the console. A change of password, role or standing raises the user's auth_epoch and ends all older ones. */
@Injectable()
export class SessionsService implements OnModuleInit, OnModuleDestroy {
  private readonly known: FreshCache<KnownSession | null>;
  private readonly touchedAt = new Map<string, number>();
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly events: EventBus,
  ) {
    this.known = new FreshCache({
      load: (idHash) => this.load(idHash),
      now: Date.now,
      maxAgeMs: 1_000,
      outageMs: 60_000,
      maxEntries: 5_000,
    });
  }

  onModuleInit(): void {
    this.stops.push(
      this.events.onPublished('session.ended', ({ data }) => this.known.forget((_session, idHash) => idHash === data['idHash'])),
      this.events.onPublished('user.changed', ({ data }) => this.known.forget((session) => session?.user.id === data['id'])),
    );
  }

  onModuleDestroy(): void {
    for (const stop of this.stops) stop();
  }

  /** Starts a session in the caller's transaction and sweeps the ended ones of the user. Gives the id that only the cookie holds. */
  async start(em: EntityManager, user: UserAccount, address: string): Promise<string> {
    const sessionId = newToken();
    const now = Date.now();
    await em.nativeDelete(UserSessionSchema, { userId: user.id, expiresAt: { $lt: new Date(now) } });
    await em.insert(UserSessionSchema, {
      idHash: hashToken(sessionId),
      userId: user.id,
      authEpoch: user.authEpoch,
      createdAt: new Date(now),
      lastSeenAt: new Date(now),
      expiresAt: new Date(now + idleMs),
      endsAt: new Date(now + longestMs),
      address,
    });
    user.lastSeenAt = new Date(now);
    return sessionId;
  }

  async end(em: EntityManager, idHash: string): Promise<void> {
    await em.nativeDelete(UserSessionSchema, { idHash });
    await this.events.record(em, { topic: 'users', type: 'session.ended', data: { idHash } });
  }

  async verify(sessionId: string, requestId: string | null): Promise<Identity | null> {
    const idHash = hashToken(sessionId);
    const session = await this.known.get(idHash);
    const now = Date.now();
    if (!session || session.expiresAt.getTime() <= now || session.endsAt.getTime() <= now) return null;
    await this.touch(idHash, session, now);
    return {
      actor: {
        kind: 'user',
        id: session.user.id,
        name: session.user.username,
        scopes: roleScopes[session.user.role],
        endpoints: null,
        requestId,
      },
      userId: session.user.id,
      session: { idHash, csrfToken: csrfTokenOf(sessionId) },
      expiresAt: new Date(Math.min(now + idleMs, session.endsAt.getTime())),
      requestsPerMinute: null,
      predictionsPerMinute: null,
    };
  }

  private async load(idHash: string): Promise<KnownSession | null> {
    return this.database.read(async (em) => {
      const session = await em.findOne(UserSessionSchema, { idHash });
      const user = session && (await em.findOne(UserAccountSchema, { id: session.userId }));
      if (!user || user.disabled || user.authEpoch !== session.authEpoch) return null;
      return {
        user: { id: user.id, username: user.username, role: user.role },
        expiresAt: session.expiresAt,
        endsAt: session.endsAt,
        lastSeenAt: session.lastSeenAt,
      };
    });
  }

  /** Moves the end of the session on, at most once a minute. */
  private async touch(idHash: string, session: KnownSession, now: number): Promise<void> {
    const last = Math.max(session.lastSeenAt.getTime(), this.touchedAt.get(idHash) ?? 0);
    if (now - last < touchEveryMs) return;
    this.touchedAt.set(idHash, now);
    await this.database.transaction(async (em) => {
      const expiresAt = new Date(Math.min(now + idleMs, session.endsAt.getTime()));
      await em.nativeUpdate(UserSessionSchema, { idHash }, { lastSeenAt: new Date(now), expiresAt });
      await em.nativeUpdate(UserAccountSchema, { id: session.user.id }, { lastSeenAt: new Date(now) });
    });
  }
}
