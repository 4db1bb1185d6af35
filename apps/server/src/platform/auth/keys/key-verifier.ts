import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Scope } from '@crisol/contracts';
import { timingSafeEqual } from 'node:crypto';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { FreshCache } from '../fresh-cache.js';
import type { Identity } from '../identity.js';
import { roleScopes } from '../roles.js';
import { UserAccountSchema } from '../users/user.entity.js';
import { ApiKeySchema } from './api-key.entity.js';
import type { PresentedKey } from './key-format.js';
import { networkTest } from './networks.js';

/** What the check of a key needs, kept in memory. */
interface KnownKey {
  readonly id: string;
  readonly name: string;
  readonly userId: string | null;
  readonly secretHash: Buffer;
  readonly previousSecretHash: Buffer | null;
  readonly previousUntil: number;
  readonly expiresAt: Date;
  readonly scopes: ReadonlySet<Scope>;
  readonly endpoints: ReadonlySet<string> | null;
  readonly isInside: ((address: string) => boolean) | null;
  readonly requestsPerMinute: number | null;
  readonly predictionsPerMinute: number | null;
}

const maxAgeMs = 1_000;
const outageMs = 60_000;
const maxEntries = 20_000;
const lastUsedEveryMs = 60_000;
const noSecret = Buffer.alloc(32);

/** Checks API keys from memory: a revoked key is refused at once where the news arrives, and within a second everywhere. */
@Injectable()
export class KeyVerifier implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('ApiKeys');
  private readonly known: FreshCache<KnownKey | null>;
  private readonly notedAt = new Map<string, number>();
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly events: EventBus,
  ) {
    this.known = new FreshCache({ load: (publicId) => this.load(publicId), now: Date.now, maxAgeMs, outageMs, maxEntries });
  }

  onModuleInit(): void {
    this.stops.push(
      this.events.onPublished('key.changed', ({ data }) => this.known.forget((_key, publicId) => publicId === data['publicId'])),
      this.events.onPublished('user.changed', ({ data }) => this.known.forget((key) => key?.userId === data['id'])),
    );
  }

  onModuleDestroy(): void {
    for (const stop of this.stops) stop();
  }

  /** Who a key is, or null when it is unknown, wrong, expired, revoked, or used from a network that it is not for. */
  async verify(presented: PresentedKey, address: string, route: string, requestId: string | null): Promise<Identity | null> {
    const key = await this.known.get(presented.publicId);
    const now = Date.now();
    // Both are compared, whatever the first gives, and an unknown key is compared with a dummy: time tells nothing.
    const current = timingSafeEqual(presented.secretHash, key?.secretHash ?? noSecret);
    const previous = timingSafeEqual(presented.secretHash, key?.previousSecretHash ?? noSecret);
    if (!key || !(current || (previous && now < key.previousUntil))) return null;
    if (now >= key.expiresAt.getTime() || (key.isInside && !key.isInside(address))) return null;
    this.noteUse(key.id, address, route, now);
    return {
      actor: { kind: 'key', id: key.id, name: key.name, scopes: key.scopes, endpoints: key.endpoints, requestId },
      userId: key.userId,
      session: null,
      expiresAt: key.expiresAt,
      requestsPerMinute: key.requestsPerMinute,
      predictionsPerMinute: key.predictionsPerMinute,
    };
  }

  private async load(publicId: string): Promise<KnownKey | null> {
    return this.database.read(async (em) => {
      const key = await em.findOne(ApiKeySchema, { publicId });
      if (!key || key.revokedAt) return null;
      const owner = key.userId == null ? null : await em.findOne(UserAccountSchema, { id: key.userId });
      if (key.userId != null && (!owner || owner.disabled)) return null;
      const allowed = owner ? roleScopes[owner.role] : null;
      return {
        id: key.id,
        name: key.name,
        userId: key.userId ?? null,
        secretHash: Buffer.from(key.secretHash),
        previousSecretHash: key.previousSecretHash ? Buffer.from(key.previousSecretHash) : null,
        previousUntil: key.previousUntil?.getTime() ?? 0,
        expiresAt: key.expiresAt,
        scopes: new Set(allowed ? key.scopes.filter((scope) => allowed.has(scope)) : key.scopes),
        endpoints: key.endpoints ? new Set(key.endpoints) : null,
        isInside: key.networks ? networkTest(key.networks) : null,
        requestsPerMinute: key.requestsPerMinute ?? null,
        predictionsPerMinute: key.predictionsPerMinute ?? null,
      };
    });
  }

  /** Notes the use at most once a minute, beside the request. */
  private noteUse(id: string, address: string, route: string, now: number): void {
    if (now - (this.notedAt.get(id) ?? 0) < lastUsedEveryMs) return;
    this.notedAt.set(id, now);
    const change = { lastUsedAt: new Date(now), lastUsedAddress: address, lastUsedRoute: route };
    this.database
      .transaction((em) => em.nativeUpdate(ApiKeySchema, { id }, change))
      .catch((error: unknown) => this.log.warn(`The last use of ${id} was not noted: ${error instanceof Error ? error.message : ''}`));
  }
}
