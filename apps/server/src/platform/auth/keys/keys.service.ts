import { Injectable } from '@nestjs/common';
import { LockMode, UniqueConstraintViolationException, type EntityManager } from '@mikro-orm/postgresql';
import type { ApiKey, ApiKeyPage, CreateApiKey, CreatedApiKey, ListQuery, RotateApiKey, Scope } from '@crisol/contracts';
import { grants } from '@crisol/contracts';
import { Audit } from '../../audit/audit.js';
import { Database } from '../../database/database.js';
import { newId } from '../../database/new-id.js';
import { EventBus } from '../../events/event-bus.js';
import { problem } from '../../http/problem.js';
import { checkRevision } from '../../http/revision.js';
import { decodeCursor, pageOfRows } from '../id-cursor.js';
import type { Identity } from '../identity.js';
import { ApiKeySchema, toApiKey, type ApiKeyRow } from './api-key.entity.js';
import { newPublicId, newSecret } from './key-format.js';

const dayMs = 86_400_000;

/** Without keys:admin a user sees their own keys, and a key sees itself and not its siblings. */
function ownOnly({ actor, userId }: Identity): { userId?: string; id?: string } {
  if (grants(actor.scopes, 'keys:admin')) return {};
  return actor.kind === 'user' ? { userId: userId ?? '' } : { id: actor.id ?? '' };
}

/** Nobody gets a key in hand that can do more than they can. */
function refuseBeyond({ actor }: Identity, scopes: readonly Scope[]): void {
  const beyond = scopes.filter((scope) => !grants(actor.scopes, scope));
  if (beyond.length > 0) throw problem('missing_scope', { detail: `You cannot give what you do not hold: ${beyond.join(', ')}.` });
}

@Injectable()
export class KeysService {
  constructor(
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Newest first. Who may not administer keys sees their own. */
  async list(identity: Identity, query: ListQuery): Promise<ApiKeyPage> {
    if (query.sort !== undefined && query.sort !== '-createdAt') {
      throw problem('invalid_sort', { detail: 'Keys are sorted by -createdAt.' });
    }
    const before = decodeCursor('key', query.cursor);
    const like = query.q === undefined ? null : `%${query.q.replace(/[\\%_]/g, '\\$&')}%`;
    const rows = await this.database.read((em) =>
      em.find(
        ApiKeySchema,
        {
          ...ownOnly(identity),
          ...(before === null ? {} : { id: { $lt: before } }),
          ...(like === null ? {} : { name: { $ilike: like } }),
        },
        { orderBy: { id: 'desc' }, limit: query.limit + 1 },
      ),
    );
    return pageOfRows(rows, query.limit, (row) => toApiKey(row, Date.now()));
  }

  async get(identity: Identity, id: string): Promise<ApiKey> {
    return toApiKey(await this.database.read((em) => this.find(em, identity, id)), Date.now());
  }

  /** Nobody gives a key what they do not hold. A personal key is its user's own; a service key asks for keys:admin. */
  async create(identity: Identity, body: CreateApiKey): Promise<CreatedApiKey> {
    const { actor, userId } = identity;
    const personal = body.kind === 'personal';
    if (!personal && actor.kind !== 'system' && !grants(actor.scopes, 'keys:admin')) {
      throw problem('missing_scope', { detail: 'A service key needs the scope keys:admin; a personal key does not.' });
    }
    if (personal && (actor.kind !== 'user' || userId === null)) {
      throw problem('validation_failed', {
        detail: 'A personal key belongs to a signed-in user.',
        errors: [{ pointer: '/kind', code: 'needs_user', message: 'use service' }],
      });
    }
    refuseBeyond(identity, body.scopes);
    const now = new Date();
    const publicId = newPublicId();
    const { key, secretHash, lastFour } = newSecret(publicId);
    return this.database.transaction(async (em) => {
      const row = em.create(ApiKeySchema, {
        id: newId('key'),
        publicId,
        name: body.name,
        kind: body.kind,
        userId: personal ? userId : null,
        secretHash,
        previousSecretHash: null,
        previousUntil: null,
        lastFour,
        scopes: [...new Set(body.scopes)],
        endpoints: body.endpoints,
        networks: body.networks,
        requestsPerMinute: body.requestsPerMinute,
        predictionsPerMinute: body.predictionsPerMinute,
        expiresAt: new Date(now.getTime() + body.expiresInDays * dayMs),
        revokedAt: null,
        createdAt: now,
        createdBy: actor.id,
        updatedAt: now,
        revision: 1,
        lastUsedAt: null,
        lastUsedAddress: null,
        lastUsedRoute: null,
      });
      try {
        await em.persist(row).flush();
      } catch (error) {
        if (error instanceof UniqueConstraintViolationException) {
          throw problem('name_taken', { detail: `A key named ${body.name} is active.`, cause: error });
        }
        throw error;
      }
      await this.changed(em, row);
      await this.audit.record(em, actor, {
        action: 'key.created',
        target: { kind: 'key', id: row.id, name: row.name },
        change: { kind: row.kind, scopes: row.scopes, endpoints: row.endpoints, networks: row.networks, expiresAt: row.expiresAt },
      });
      return { ...toApiKey(row, now.getTime()), secret: key };
    });
  }

  /** A new secret under the same id; the old one goes on for `overlapMs`. */
  async rotate(identity: Identity, id: string, { overlapMs }: RotateApiKey, expected: number | null | undefined): Promise<CreatedApiKey> {
    return this.database.transaction(async (em) => {
      const row = await this.find(em, identity, id, true);
      refuseBeyond(identity, row.scopes);
      checkRevision(expected, row.revision);
      const now = new Date();
      if (row.revokedAt || row.expiresAt <= now) throw problem('key_not_active', { detail: `${row.name} is not active; make a new key.` });
      const { key, secretHash, lastFour } = newSecret(row.publicId);
      row.previousSecretHash = overlapMs > 0 ? row.secretHash : null;
      row.previousUntil = overlapMs > 0 ? new Date(now.getTime() + overlapMs) : null;
      row.secretHash = secretHash;
      row.lastFour = lastFour;
      await this.finish(em, identity, row, now, 'key.rotated', { overlapMs });
      return { ...toApiKey(row, now.getTime()), secret: key };
    });
  }

  /** Ends a key for good. Revoking a revoked key changes nothing. */
  async revoke(identity: Identity, id: string, expected: number | null | undefined): Promise<ApiKey> {
    return this.database.transaction(async (em) => {
      const row = await this.find(em, identity, id, true);
      const now = new Date();
      if (!row.revokedAt) {
        checkRevision(expected, row.revision);
        row.revokedAt = now;
        row.previousSecretHash = null;
        row.previousUntil = null;
        await this.finish(em, identity, row, now, 'key.revoked');
      }
      return toApiKey(row, now.getTime());
    });
  }

  private async finish(em: EntityManager, { actor }: Identity, row: ApiKeyRow, now: Date, action: string, change?: unknown): Promise<void> {
    row.updatedAt = now;
    row.revision++;
    await this.changed(em, row);
    await this.audit.record(em, actor, { action, target: { kind: 'key', id: row.id, name: row.name }, change });
  }

  private changed(em: EntityManager, row: ApiKeyRow): Promise<void> {
    return this.events.record(em, { topic: 'keys', type: 'key.changed', data: { id: row.id, publicId: row.publicId } });
  }

  /** By id or by the name of an active key; somebody else's key does not exist for who may not administer keys. */
  private async find(em: EntityManager, identity: Identity, id: string, lock = false): Promise<ApiKeyRow> {
    const row = await em.findOne(
      ApiKeySchema,
      { $and: [{ $or: [{ id }, { name: id, revokedAt: null }] }, ownOnly(identity)] },
      lock ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {},
    );
    if (!row) throw problem('not_found', { detail: `There is no key ${id}.` });
    return row;
  }
}
