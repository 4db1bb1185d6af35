import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** How much of a budget is left. */
export interface Budget {
  readonly policy: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

interface Seen {
  readonly consumed: number;
  readonly resetAt: number;
}

// Past this many callers the oldest are forgotten here; the store still counts them.
const remembered = 20_000;

/** Counts requests of many callers in fixed windows. The store may be shared by processes; what it said last is remembered here. */
export class Limiter {
  private readonly seen = new Map<string, Seen>();

  constructor(
    readonly policy: string,
    readonly windowSeconds: number,
    private readonly store: RateLimiterAbstract,
    private readonly now: () => number,
    private readonly onStoreError: (error: unknown) => void,
  ) {}

  /** Counts one request. A store that fails limits nobody. */
  async consume(caller: string, limit: number): Promise<Budget> {
    try {
      this.remember(caller, await this.store.consume(caller, 1));
    } catch (error) {
      if (error instanceof RateLimiterRes) this.remember(caller, error);
      else this.onStoreError(error);
    }
    return this.peek(caller, limit);
  }

  /** Gives one request back. */
  async reward(caller: string): Promise<void> {
    try {
      this.remember(caller, await this.store.reward(caller, 1));
    } catch (error) {
      this.onStoreError(error);
    }
  }

  /** What is left by the last count that this process saw; asks nobody. */
  peek(caller: string, limit: number): Budget {
    const seen = this.seen.get(caller);
    const now = this.now();
    const live = seen !== undefined && seen.resetAt > now ? seen : { consumed: 0, resetAt: now + this.windowSeconds * 1000 };
    return {
      policy: this.policy,
      limit,
      windowSeconds: this.windowSeconds,
      remaining: Math.max(0, limit - live.consumed),
      resetSeconds: Math.max(1, Math.ceil((live.resetAt - now) / 1000)),
      exceeded: live.consumed > limit,
    };
  }

  /** Whether the budget is spent, so that a further request would be one too many. */
  isSpent(caller: string, limit: number): boolean {
    const seen = this.seen.get(caller);
    return seen !== undefined && seen.consumed > limit && seen.resetAt > this.now();
  }

  private remember(caller: string, result: RateLimiterRes): void {
    this.seen.delete(caller);
    this.seen.set(caller, { consumed: result.consumedPoints, resetAt: this.now() + result.msBeforeNext });
    if (this.seen.size > remembered) {
      const oldest = this.seen.keys().next();
      if (!oldest.done) this.seen.delete(oldest.value);
    }
  }
}

/** The header pair of a budget. */
export const budgetHeaders = (budget: Budget): Readonly<Record<'ratelimit-policy' | 'ratelimit', string>> => ({
  'ratelimit-policy': `"${budget.policy}";q=${budget.limit};w=${budget.windowSeconds}`,
  ratelimit: `"${budget.policy}";r=${budget.remaining};t=${budget.resetSeconds}`,
});
