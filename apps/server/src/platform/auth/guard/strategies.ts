import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { SignIn } from '@crisol/contracts';
import { Strategy as CustomStrategy } from 'passport-custom';
import { Strategy as LocalStrategy } from 'passport-local';
import { Config } from '../../config/config.js';
import type { Identity, IdentifiedRequest } from '../identity.js';
import { KeyVerifier } from '../keys/key-verifier.js';
import { SessionCookie } from '../sessions/session-cookie.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { SignInService } from '../sessions/sign-in.service.js';
import type { UserAccount } from '../users/user.entity.js';
import { keyOf } from './presented-key.js';

export const keyStrategy = 'crisol-key';
export const sessionStrategy = 'crisol-session';
export const passwordStrategy = 'crisol-password';

/** API keys, in whichever header they come. */
@Injectable()
export class KeyStrategy extends PassportStrategy(CustomStrategy, keyStrategy) {
  constructor(private readonly keys: KeyVerifier) {
    super();
  }

  async validate(request: IdentifiedRequest): Promise<Identity | false> {
    const presented = keyOf(request.headers);
    if (presented.kind !== 'key') return false;
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    return (await this.keys.verify(presented.key, request.ip, route, request.id)) ?? false;
  }
}

/** Sessions of the console. */
@Injectable()
export class SessionStrategy extends PassportStrategy(CustomStrategy, sessionStrategy) {
  private readonly cookie: SessionCookie;

  constructor(
    config: Config,
    private readonly sessions: SessionsService,
  ) {
    super();
    this.cookie = new SessionCookie(config.secureCookies);
  }

  async validate(request: IdentifiedRequest): Promise<Identity | false> {
    // Whoever sends a key means the key; a cookie that the browser adds must not lend it rights.
    if (keyOf(request.headers).kind !== 'none') return false;
    const sessionId = this.cookie.read(request.headers.cookie);
    return (sessionId !== null && (await this.sessions.verify(sessionId, request.id))) || false;
  }
}

/** User name and password, for signing in. */
@Injectable()
export class PasswordStrategy extends PassportStrategy(LocalStrategy, passwordStrategy) {
  constructor(private readonly signIn: SignInService) {
    super({ passReqToCallback: true });
  }

  async validate(request: IdentifiedRequest, username: string, password: string): Promise<UserAccount | false> {
    const credentials: SignIn = { username, password };
    return (await this.signIn.checkCredentials(credentials, request.ip, request.id)) ?? false;
  }
}
