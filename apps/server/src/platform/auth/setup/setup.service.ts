import { Injectable } from '@nestjs/common';
import type { CompleteSetup } from '@crisol/contracts';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemActor } from '../actor.js';
import { Audit } from '../../audit/audit.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { problem } from '../../http/problem.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { checkPassword } from '../passwords/password-rules.js';
import { hashToken, newToken } from '../secret-token.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { userActor } from '../sessions/sign-in.service.js';
import { findByUsername } from '../users/find-user.js';
import { UserAccountSchema, type UserAccount } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { SignInLinkSchema } from './sign-in-link.entity.js';

const validMs = 60 * 60 * 1000;

/** The way in without a default account: a link that works once, within an hour, and only for whoever can read this machine's output or files. */
@Injectable()
export class SetupService {
  private readonly linkFile: string;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {
    this.linkFile = join(config.dataFolder, 'sign-in-link');
  }

  /** Whether nobody can sign in yet. */
  async needed(): Promise<boolean> {
    return this.database.read(async (em) => (await em.count(UserAccountSchema, {})) === 0);
  }

  /** The link to print at a start; null once there is a user. */
  async firstStartLink(publicUrl: string): Promise<string | null> {
    return (await this.needed()) ? this.newLink(publicUrl) : null;
  }

  /** Makes a link and drops those made before. It is also written to a 0600 file in the data folder. */
  async newLink(publicUrl: string): Promise<string> {
    const token = newToken();
    await this.database.transaction(async (em) => {
      const now = new Date();
      await em.nativeDelete(SignInLinkSchema, { usedAt: null });
      await em.insert(SignInLinkSchema, {
        tokenHash: hashToken(token),
        createdAt: now,
        expiresAt: new Date(now.getTime() + validMs),
        usedAt: null,
      });
      await this.audit.record(em, systemActor, {
        action: 'sign_in_link.created',
        target: { kind: 'signInLink', id: null, name: 'sign-in link' },
      });
    });
    const link = `${publicUrl}/console/welcome?token=${token}`;
    await writeFile(this.linkFile, `${link}\n`, { mode: 0o600 });
    return link;
  }

  /** Redeems a link: makes the administrator of that name, or gives an existing one a new password. Gives the session's id. */
  async complete(body: CompleteSetup, address: string, requestId: string | null): Promise<string> {
    await this.checkLink(body.token);
    checkPassword(body.password, body.username);
    const passwordHash = await this.hasher.hash(body.password);
    const sessionId = await this.database.transaction(async (em) => {
      const link = await em.findOne(SignInLinkSchema, { tokenHash: hashToken(body.token) }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!link || link.usedAt || link.expiresAt.getTime() <= Date.now()) throw invalidLink();
      link.usedAt = new Date();
      const user = await this.makeAdmin(em, body.username, passwordHash);
      const started = await this.sessions.start(em, user, address);
      await em.flush();
      await this.audit.record(em, userActor(user, requestId), {
        action: 'sign_in_link.used',
        target: { kind: 'user', id: user.id, name: user.username },
        change: { address },
      });
      return started;
    });
    await rm(this.linkFile, { force: true });
    return sessionId;
  }

  private async makeAdmin(em: EntityManager, username: string, passwordHash: string): Promise<UserAccount> {
    const known = await findByUsername(em, username);
    if (!known) return this.users.insert(em, null, username, passwordHash, 'admin');
    Object.assign(known, {
      passwordHash,
      role: 'admin',
      disabled: false,
      authEpoch: known.authEpoch + 1,
      updatedAt: new Date(),
      revision: known.revision + 1,
    });
    await em.flush();
    await this.events.record(em, { topic: 'users', type: 'user.changed', data: { id: known.id } });
    return known;
  }

  /** Before the costly hash, so that a wrong token costs nothing. */
  private async checkLink(token: string): Promise<void> {
    const link = await this.database.read((em) => em.findOne(SignInLinkSchema, { tokenHash: hashToken(token) }));
    if (!link || link.usedAt || link.expiresAt.getTime() <= Date.now()) throw invalidLink();
  }
}

function invalidLink(): Error {
  return problem('setup_token_invalid', {
    detail: 'The link was used or is older than an hour. On the machine, "npm run crisol -- login-link" makes a new one.',
  });
}
