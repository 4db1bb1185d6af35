import { describe, expect, it } from '@jest/globals';
import { broken } from './broken-guardrail.js';

const guardrail = { maxErrorShare: 0.05, maxP95Ms: 200, minRequests: 100, watchMinutes: 60 };

describe(broken.name, () => {
  it('says nothing of few requests, however bad', () => {
    expect(broken(guardrail, { requests: 99, errors: 99, p95Ms: 9_000 })).toBeNull();
  });

  it('takes what is at the limit, and nothing beyond', () => {
    expect(broken(guardrail, { requests: 100, errors: 5, p95Ms: 200 })).toBeNull();
    expect(broken(guardrail, { requests: 100, errors: 6, p95Ms: 1 })).toBe('6 % of 100 requests failed, more than 5 %');
    expect(broken(guardrail, { requests: 100, errors: 0, p95Ms: 201 })).toBe('95 % of 100 requests took up to 201 ms, more than 200 ms');
  });

  it('looks at what was asked for only', () => {
    expect(broken({ ...guardrail, maxErrorShare: null }, { requests: 100, errors: 100, p95Ms: 1 })).toBeNull();
    expect(broken({ ...guardrail, maxP95Ms: null }, { requests: 100, errors: 0, p95Ms: 9_000 })).toBeNull();
    expect(broken(guardrail, { requests: 100, errors: 0, p95Ms: null })).toBeNull();
  });
});
