import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { policyWords, tooFewApprovers } from './policy-words';
import { samplePolicy } from './testing/samples';

beforeAll(() => loadMessages('en', ['governance']));

describe(policyWords, () => {
  it('says that nobody has to approve where nothing is set', () => {
    expect(policyWords(samplePolicy(), 'champion')).toEqual(['Nobody has to approve.']);
  });
  it('tells approvals, cool-down and promotion by itself in whole units', () => {
    const words = policyWords(
      samplePolicy({ approvals: 2, approvers: ['ada', 'grace'], coolDownMinutes: 120, autoPromote: true }),
      'champion',
    );
    expect(words).toEqual([
      '2 of these must approve: ada and grace.',
      'Who made the version, or moves the alias, does not count.',
      'After a move the alias stays for 2 hours; going back is free.',
      'A new version takes @champion by itself as soon as gates and approvals allow it.',
    ]);
  });
  it('tells only the limits that a guardrail has', () => {
    const guardrail = { maxErrorShare: 0.02, maxP95Ms: null, minRequests: 50, watchMinutes: 45 };
    const words = policyWords(samplePolicy({ guardrail }), 'champion').at(-1);
    expect(words).toBe(
      'For 45 minutes after a move, once 50 requests are in: more than 2% errors take the alias back to the version before.',
    );
  });
});

describe(tooFewApprovers, () => {
  it('sees that fewer people are named than must approve', () => {
    expect(tooFewApprovers({ approvals: 2, approvers: ['ada'] })).toBe(true);
    expect(tooFewApprovers({ approvals: 2, approvers: ['ada', 'grace'] })).toBe(false);
    expect(tooFewApprovers({ approvals: 2, approvers: [] })).toBe(false);
  });
});
