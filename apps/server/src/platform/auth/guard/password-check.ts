import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import passport from 'passport';
import type { IdentifiedRequest } from '../identity.js';
import type { UserAccount } from '../users/user.entity.js';
import { passwordStrategy } from './strategies.js';

/** Runs passport's password strategy on a request whose body has been checked. */
@Injectable()
export class PasswordCheck {
  /** The user, or null when name or password is wrong. Problems of the strategy, such as too many attempts, are thrown. */
  check(request: IdentifiedRequest, reply: FastifyReply): Promise<UserAccount | null> {
    return new Promise((resolve, reject) => {
      const done = (error: unknown, user: UserAccount | false | undefined) => {
        if (error) reject(error instanceof Error ? error : new Error(String(error)));
        else resolve(user || null);
      };
      passport.authenticate(passwordStrategy, { session: false }, done)(request, reply, reject);
    });
  }
}
