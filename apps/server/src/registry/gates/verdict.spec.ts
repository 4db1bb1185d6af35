import { describe, expect, it } from '@jest/globals';
import type { GateFinding } from '@crisol/contracts';
import { verdictOf } from './verdict.js';

const finding = (outcome: GateFinding['outcome'], severity: 'critical' | 'warning' | 'info' = 'critical'): GateFinding => ({
  check: { type: 'some_check', kwargs: {}, severity },
  outcome,
  message: 'found',
});

describe(verdictOf.name, () => {
  it('fails by a critical check, and stays shut when one could not be run', () => {
    expect(verdictOf([finding('passed'), finding('failed'), finding('errored')])).toBe('failed');
    expect(verdictOf([finding('passed'), finding('errored')])).toBe('errored');
    expect(verdictOf([finding('passed')])).toBe('passed');
  });

  it('lets warnings only report', () => {
    expect(verdictOf([finding('failed', 'warning'), finding('errored', 'info')])).toBe('passed');
  });
});
