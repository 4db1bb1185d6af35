import { describe, expect, it } from '@jest/globals';
import type { CheckResult } from '@crisol/contracts';
import { outcomeOf } from './outcome.js';

function aResult(outcome: CheckResult['outcome'], severity: CheckResult['check']['severity']): CheckResult {
  return {
    index: 0,
    check: { type: 't', kwargs: {}, severity },
    outcome,
    message: '',
    observed: null,
    elementCount: null,
    unexpectedCount: null,
    missingCount: null,
    unexpectedPercent: null,
    unexpectedValues: [],
    hasFailingRows: false,
  };
}

describe(outcomeOf.name, () => {
  it('is failed when a critical check fails, whatever else happened', () => {
    expect(outcomeOf([aResult('errored', 'info'), aResult('failed', 'critical')])).toBe('failed');
  });
  it('is errored when a check could not be run', () => {
    expect(outcomeOf([aResult('passed', 'critical'), aResult('errored', 'info')])).toBe('errored');
  });
  it('is warned when only a warning fails', () => {
    expect(outcomeOf([aResult('failed', 'warning'), aResult('failed', 'info')])).toBe('warned');
  });
  it('is passed when only a note fails, or nothing was asked', () => {
    expect([outcomeOf([aResult('failed', 'info')]), outcomeOf([])]).toEqual(['passed', 'passed']);
  });
});
