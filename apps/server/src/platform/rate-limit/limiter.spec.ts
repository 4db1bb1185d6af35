import { describe, expect, it } from '@jest/globals';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { budgetHeaders, Limiter } from './limiter.js';

const open = Number.MAX_SAFE_INTEGER;
const clock = { now: 1_000_000 };
const limiter = (store = new RateLimiterMemory({ points: open, duration: 60 }), errors: unknown[] = []) =>
  new Limiter(
    'default',
    60,
    store,
    () => clock.now,
    (error) => errors.push(error),
  );

class BrokenStore extends RateLimiterMemory {
  override consume(): Promise<RateLimiterRes> {
    return Promise.reject(new Error('gone'));
  }
}

describe(Limiter.name, () => {
  it('lets exactly the limit through and says when the next window begins', async () => {
    const counted = limiter();
    for (let i = 1; i <= 3; i++) expect(await counted.consume('a', 3)).toMatchObject({ exceeded: false, remaining: 3 - i });
    const over = await counted.consume('a', 3);
    expect(over).toMatchObject({ exceeded: true, remaining: 0 });
    expect(over.resetSeconds).toBeGreaterThan(0);
    expect(over.resetSeconds).toBeLessThanOrEqual(60);
    expect(counted.isSpent('a', 3)).toBe(true);
  });

  it('keeps callers apart', async () => {
    const counted = limiter();
    await counted.consume('a', 1);
    await counted.consume('a', 1);
    expect(await counted.consume('b', 1)).toMatchObject({ exceeded: false });
  });

  it('opens again once the window is over', async () => {
    const counted = limiter();
    await counted.consume('a', 0);
    expect(counted.isSpent('a', 0)).toBe(true);
    clock.now += 61_000;
    expect(counted.isSpent('a', 0)).toBe(false);
  });

  it('gives back what a success used up', async () => {
    const counted = limiter();
    await counted.consume('a', 1);
    await counted.reward('a');
    expect(await counted.consume('a', 1)).toMatchObject({ exceeded: false });
  });

  it('does not take a broken store for a limit', async () => {
    const errors: unknown[] = [];
    const counted = limiter(new BrokenStore({ points: 1, duration: 60 }), errors);
    for (let i = 0; i < 5; i++) expect(await counted.consume('a', 1)).toMatchObject({ exceeded: false });
    expect(errors).toHaveLength(5);
  });
});

describe(budgetHeaders.name, () => {
  it('writes the pair of the RateLimit draft', () => {
    const budget = { policy: 'default', limit: 600, windowSeconds: 60, remaining: 412, resetSeconds: 23, exceeded: false };
    expect(budgetHeaders(budget)).toEqual({ 'ratelimit-policy': '"default";q=600;w=60', ratelimit: '"default";r=412;t=23' });
  });
});
