import { describe, expect, it } from '@jest/globals';
import { Breaker } from './breaker.js';

const fail = (breaker: Breaker, times: number, now: number) => {
  for (let i = 0; i < times; i++) breaker.failed(now);
  return breaker.health;
};

describe(Breaker, () => {
  it('degrades at the fifth fault within a minute, not at the fourth', () => {
    const breaker = new Breaker();
    expect(fail(breaker, 4, 0)).toBe('healthy');
    expect(fail(breaker, 1, 59_000)).toBe('degraded');
  });

  it('forgets faults older than a minute', () => {
    const breaker = new Breaker();
    fail(breaker, 4, 0);
    expect(fail(breaker, 1, 60_000)).toBe('healthy');
  });

  it('quarantines a degraded plugin at five more faults', () => {
    const breaker = new Breaker();
    fail(breaker, 9, 0);
    expect(breaker.health).toBe('degraded');
    expect(fail(breaker, 1, 0)).toBe('quarantined');
    expect(breaker.quarantinedUntil).toBe(60_000);
  });

  it('heals a degraded plugin that succeeds after a quiet minute', () => {
    const breaker = new Breaker();
    fail(breaker, 5, 0);
    expect(breaker.succeeded(30_000)).toBe('degraded');
    expect(breaker.succeeded(60_000)).toBe('healthy');
  });

  it('puts a plugin on trial after the cool-down and doubles it when the trial fails', () => {
    const breaker = new Breaker();
    fail(breaker, 10, 0);
    expect(breaker.retry(59_999)).toBe('quarantined');
    expect(breaker.retry(60_000)).toBe('degraded');
    expect(fail(breaker, 1, 60_000)).toBe('quarantined');
    expect(breaker.quarantinedUntil).toBe(180_000);
  });

  it('heals a plugin on trial at its first success', () => {
    const breaker = new Breaker();
    fail(breaker, 10, 0);
    breaker.retry(60_000);
    expect(breaker.succeeded(60_001)).toBe('healthy');
  });
});
