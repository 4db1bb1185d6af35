import { Injectable } from '@nestjs/common';
import { LockMode, UniqueConstraintViolationException, type EntityManager } from '@mikro-orm/postgresql';
import type { CreateUser, ListQuery, UpdateUser, User, UserPage } from '@crisol/contracts';
import type { Actor } from '../actor.js';
import { Audit } from '../../audit/audit.js';
import { Database } from '../../database/database.js';
import { newId } from '../../database/new-id.js';
import { EventBus } from '../../events/event-bus.js';
import { problem } from '../../http/problem.js';
import { checkRevision } from '../../http/revision.js';
import { decodeCursor, pageOfRows } from '../id-cursor.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { checkPassword } from '../passwords/password-rules.js';
import type { Role } from '../roles.js';
import { findByUsername } from './find-user.js';
import { toUser, UserAccountSchema, type UserAccount } from './user.entity.js';

@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Oldest first. */
  async list(query: ListQuery): Promise<UserPage> {
    if (query.sort !== undefined && query.sort !== 'createdAt') throw problem('invalid_sort', { detail: 'Users are sorted by createdAt.' });
    const after = decodeCursor('usr', query.cursor);
    const like = query.q === undefined ? null : `%${query.q.replace(/[\\%_]/g, '\\$&')}%`;
    const rows = await this.database.read((em) =>
      em.find(
        UserAccountSchema,
        { ...(after === null ? {} : { id: { $gt: after } }), ...(like === null ? {} : { username: { $ilike: like } }) },
        { orderBy: { id: 'asc' }, limit: query.limit + 1 },
      ),
    );
    return pageOfRows(rows, query.limit, toUser);
  }

  async get(id: string): Promise<User> {
    return toUser(await this.database.read((em) => this.find(em, id)));
  }

  async create(actor: Actor, body: CreateUser): Promise<User> {
    checkPassword(body.password, body.username);
    const passwordHash = await this.hasher.hash(body.password);
    return this.database.transaction(async (em) => {
      const user = await this.insert(em, actor.id, body.username, passwordHash, body.role);
      await this.audit.record(em, actor, {
        action: 'user.created',
        target: { kind: 'user', id: user.id, name: user.username },
        change: { role: user.role },
      });
      return toUser(user);
    });
  }

  /** Writes the row; the caller records it. */
  async insert(em: EntityManager, createdBy: string | null, username: string, passwordHash: string, role: Role): Promise<UserAccount> {
    const now = new Date();
    const user = em.create(UserAccountSchema, {
      id: newId('usr'),
      username,
      passwordHash,
      role,
      disabled: false,
      authEpoch: 0,
      createdAt: now,
      createdBy,
      updatedAt: now,
      lastSeenAt: null,
      revision: 1,
    });
    try {
      await em.persist(user).flush();
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) {
        throw problem('name_taken', { detail: `There is a user named ${username}.`, cause: error });
      }
      throw error;
    }
    return user;
  }

  /** Every change ends the user's sessions and is felt by their keys at once. */
  async update(actor: Actor, id: string, body: UpdateUser, expected: number | null | undefined): Promise<User> {
    const { password, role, disabled } = body;
    if (password !== undefined) checkPassword(password, (await this.get(id)).username);
    const passwordHash = password === undefined ? null : await this.hasher.hash(password);
    return this.database.transaction(async (em) => {
      const user = await this.find(em, id, true);
      checkRevision(expected, user.revision);
      const losesAdmin = user.role === 'admin' && !user.disabled && (disabled === true || (role !== undefined && role !== 'admin'));
      if (losesAdmin) await this.refuseLastAdmin(em, user.id);
      if (role !== undefined) user.role = role;
      if (disabled !== undefined) user.disabled = disabled;
      if (passwordHash !== null) user.passwordHash = passwordHash;
      await this.changed(em, user);
      await this.audit.record(em, actor, {
        action: 'user.changed',
        target: { kind: 'user', id: user.id, name: user.username },
        change: { role, disabled, password: password === undefined ? undefined : 'changed' },
      });
      return toUser(user);
    });
  }

  /** Takes the user, their sessions and their personal keys away. What they made stays, and names them by id. */
  async remove(actor: Actor, id: string, expected: number | null | undefined): Promise<void> {
    await this.database.transaction(async (em) => {
      const user = await this.find(em, id, true);
      checkRevision(expected, user.revision);
      if (user.role === 'admin' && !user.disabled) await this.refuseLastAdmin(em, user.id);
      await em.remove(user).flush();
      await this.events.record(em, { topic: 'users', type: 'user.changed', data: { id: user.id } });
      await this.audit.record(em, actor, { action: 'user.removed', target: { kind: 'user', id: user.id, name: user.username } });
    });
  }

  /** Raises the epoch: sessions that began before are over. */
  async changed(em: EntityManager, user: UserAccount): Promise<void> {
    user.authEpoch++;
    user.updatedAt = new Date();
    user.revision++;
    await this.events.record(em, { topic: 'users', type: 'user.changed', data: { id: user.id } });
  }

  /** Locks all administrators first, so that two of them cannot take each other's place away at the same time. */
  private async refuseLastAdmin(em: EntityManager, id: string): Promise<void> {
    const admins = await em.execute<{ id: string }[]>(
      `select id from user_account where role = 'admin' and not disabled order by id for update`,
    );
    if (!admins.some((admin) => admin.id !== id)) {
      throw problem('last_admin', { detail: 'Make another user an administrator first.' });
    }
  }

  private async find(em: EntityManager, id: string, lock = false): Promise<UserAccount> {
    const known = id.startsWith('usr_') ? id : ((await findByUsername(em, id))?.id ?? id);
    const user = await em.findOne(UserAccountSchema, { id: known }, lock ? { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } : {});
    if (!user) throw problem('not_found', { detail: `There is no user ${id}.` });
    return user;
  }
}
