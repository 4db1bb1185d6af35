import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { problem } from '../../http/problem.js';
import { LimiterFactory } from '../../rate-limit/limiter-factory.js';
import type { Limiter } from '../../rate-limit/limiter.js';

// Failures that an account may see, and that an address may cause, before both are slowed down for the rest of the window.
const perAccount = { failures: 10, windowSeconds: 60 };
const perAddress = { failures: 40, windowSeconds: 60 };

/** Slows the guessing of passwords, by account and by address. Nothing is ever locked for longer than a window. */
@Injectable()
export class SignInThrottle {
  private readonly accounts: Limiter;
  private readonly addresses: Limiter;

  constructor(factory: LimiterFactory) {
    this.accounts = factory.create('sign-in-account', perAccount.windowSeconds);
    this.addresses = factory.create('sign-in-address', perAddress.windowSeconds);
  }

  /** Counts an attempt before its password is looked at, so that many at once cannot slip through. */
  async attempt(username: string, address: string): Promise<void> {
    const budgets = [
      await this.addresses.consume(address, perAddress.failures),
      await this.accounts.consume(this.account(username), perAccount.failures),
    ];
    const spent = budgets.find((budget) => budget.exceeded);
    if (spent) {
      throw problem('rate_limited', {
        detail: `Too many attempts to sign in. Try again in ${spent.resetSeconds} s.`,
        retryAfterSeconds: spent.resetSeconds,
      });
    }
  }

  async succeeded(username: string, address: string): Promise<void> {
    await Promise.all([this.addresses.reward(address), this.accounts.reward(this.account(username))]);
  }

  /** A digest: a stranger's text is no key of the store, and no name lies in it. */
  private account(username: string): string {
    return createHash('sha256').update(username.toLowerCase()).digest('base64url');
  }
}
