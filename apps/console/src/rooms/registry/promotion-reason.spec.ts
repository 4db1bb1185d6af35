import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { approvedBy, missingApprovers, promotionReasons } from './promotion-reason';
import { sampleApproval, sampleCheck, samplePolicy } from './testing/samples';

beforeAll(() => loadMessages('en', ['registry', 'governance']));
const blocked = (code: 'approval' | 'cool_down' | 'gate' | 'rejected' | 'same_version', until: string | null = null) => ({
  code,
  message: `${code} in the words of the server`,
  until,
});

describe(promotionReasons, () => {
  it('finds none where the move is allowed', () => {
    expect(promotionReasons(sampleCheck())).toEqual([]);
  });
  it('counts the approvals that are in', () => {
    const check = sampleCheck({
      blockers: [blocked('approval')],
      approvalsNeeded: 2,
      approvals: [sampleApproval('grace'), sampleApproval('alan', { counts: false })],
    });
    expect(promotionReasons(check)).toEqual(['1 of 2 approvals are in.']);
  });
  it('names the gates once, however many blockers they make', () => {
    const gate = { alias: 'champion', required: true, judgement: null, message: '' };
    const check = sampleCheck({
      blockers: [blocked('gate'), blocked('gate')],
      gates: [
        { ...gate, gate: 'better', standing: 'failed' },
        { ...gate, gate: 'fair', standing: 'missing' },
      ],
    });
    expect(promotionReasons(check)).toEqual(['Held by: better (failed) and fair (not yet judged)']);
  });
  it('says who rejected, and until when the alias rests', () => {
    const check = sampleCheck({
      blockers: [blocked('rejected'), blocked('cool_down', '2026-03-01T10:00:00.000Z')],
      approvals: [sampleApproval('grace', { decision: 'rejected' })],
    });
    const [rejected, rests] = promotionReasons(check);
    expect(rejected).toBe('Rejected by grace.');
    expect(rests).toContain('2026');
  });
});

describe(missingApprovers, () => {
  const policy = samplePolicy({ approvals: 2, approvers: ['grace', 'usr_alan', 'edsger'] });
  it('leaves out who has approved, by name or by id', () => {
    const check = sampleCheck({ policy, approvalsNeeded: 2, approvals: [sampleApproval('grace')] });
    expect(missingApprovers(check)).toEqual(['usr_alan', 'edsger']);
  });
  it('names nobody once there are enough', () => {
    const check = sampleCheck({ policy, approvalsNeeded: 2, approvals: [sampleApproval('grace'), sampleApproval('alan')] });
    expect(missingApprovers(check)).toEqual([]);
    expect(approvedBy(check)).toEqual(['grace', 'alan']);
  });
});
