import { Injectable } from '@nestjs/common';
import type { ChangePassword, SignIn } from '@crisol/contracts';
import { LockMode } from '@mikro-orm/postgresql';
import { systemActor, type Actor } from '../actor.js';
import { Audit } from '../../audit/audit.js';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { problem } from '../../http/problem.js';
import type { Identity } from '../identity.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { checkPassword } from '../passwords/password-rules.js';
import { UserAccountSchema, type UserAccount } from '../users/user.entity.js';
import { findByUsername } from '../users/find-user.js';
import { SessionsService } from './sessions.service.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** The actor of a user's own doing before a session stands. */
export const userActor = (user: UserAccount, requestId: string | null): Actor => ({
  ...systemActor,
  kind: 'user',
  id: user.id,
  name: user.username,
  requestId,
});

@Injectable()
export class SignInService {
  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly throttle: SignInThrottle,
    private readonly sessions: SessionsService,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** The user, or null when name or password is wrong or the user is disabled; which of them nobody can tell. */
  async checkCredentials({ username, password }: SignIn, address: string, requestId: string | null): Promise<UserAccount | null> {
    await this.throttle.attempt(username, address);
    const user = await this.database.read((em) => findByUsername(em, username));
    const right = await this.hasher.verify(password, user?.passwordHash ?? null);
    if (user && right && !user.disabled) {
      await this.throttle.succeeded(username, address);
      return user;
    }
    await this.database.transaction((em) =>
      this.audit.record(
        em,
        { ...systemActor, requestId },
        {
          action: 'sign_in.refused',
          // A name that is nobody's may be a password typed into the wrong field.
          target: { kind: 'user', id: user?.id ?? null, name: user?.username ?? 'unknown' },
          outcome: 'refused',
          change: { address },
        },
      ),
    );
    return null;
  }

  /** Starts a session; a hash of older costs is made anew while the password is at hand. */
  async signIn(user: UserAccount, password: string, address: string, requestId: string | null): Promise<string> {
    const passwordHash = this.hasher.isOutdated(user.passwordHash) ? await this.hasher.hash(password) : null;
    return this.database.transaction(async (em) => {
      const current = await em.findOne(UserAccountSchema, { id: user.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      // Disabled or changed while the password was being checked.
      if (!current || current.disabled || current.authEpoch !== user.authEpoch) throw problem('invalid_credentials');
      if (passwordHash !== null) current.passwordHash = passwordHash;
      const sessionId = await this.sessions.start(em, current, address);
      await this.audit.record(em, userActor(current, requestId), {
        action: 'session.started',
        target: { kind: 'user', id: current.id, name: current.username },
        change: { address },
      });
      return sessionId;
    });
  }

  async signOut({ actor, session }: Identity): Promise<void> {
    if (!session) throw problem('validation_failed', { detail: 'A key has no session to end; revoke the key instead.' });
    await this.database.transaction(async (em) => {
      await this.sessions.end(em, session.idHash);
      await this.audit.record(em, actor, { action: 'session.ended', target: { kind: 'user', id: actor.id, name: actor.name } });
    });
  }

  /** Ends every session and gives a new one to the caller. */
  async changePassword({ actor }: Identity, body: ChangePassword, address: string): Promise<string> {
    if (actor.kind !== 'user' || actor.id === null) throw problem('validation_failed', { detail: 'A key has no password.' });
    const user = await this.checkCredentials({ username: actor.name, password: body.currentPassword }, address, actor.requestId);
    if (!user) throw problem('invalid_credentials', { detail: 'The current password is wrong.' });
    checkPassword(body.newPassword, user.username, '/newPassword');
    const passwordHash = await this.hasher.hash(body.newPassword);
    return this.database.transaction(async (em) => {
      const current = await em.findOneOrFail(UserAccountSchema, { id: user.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      current.passwordHash = passwordHash;
      current.authEpoch++;
      current.updatedAt = new Date();
      current.revision++;
      const sessionId = await this.sessions.start(em, current, address);
      await this.events.record(em, { topic: 'users', type: 'user.changed', data: { id: current.id } });
      await this.audit.record(em, actor, {
        action: 'password.changed',
        target: { kind: 'user', id: current.id, name: current.username },
      });
      return sessionId;
    });
  }
}
