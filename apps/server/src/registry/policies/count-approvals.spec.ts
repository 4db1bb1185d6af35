import { describe, expect, it } from '@jest/globals';
import type { ApprovalRow } from './approval.entity.js';
import { countApprovals, type Weights } from './count-approvals.js';

let said = 0;
const word = (person: string, decision: ApprovalRow['decision'], more: Partial<ApprovalRow> = {}): ApprovalRow => ({
  id: `apr_${said++}`,
  modelId: 'mdl_1',
  versionId: 'ver_1',
  version: 2,
  alias: 'champion',
  aliasRevision: 3,
  incumbent: 1,
  decision,
  comment: '',
  by: person,
  person,
  byName: person,
  at: new Date(0),
  ...more,
});
const weights: Weights = { policy: { approvers: [], selfApproval: false }, approverIds: new Set(), aliasRevision: 3, selves: new Set() };
const counted = (rows: ApprovalRow[], more: Partial<Weights> = {}): boolean[] =>
  countApprovals(rows, { ...weights, ...more }).map(({ counts }) => counts);

describe(countApprovals.name, () => {
  it('counts the last word of each person', () => {
    expect(counted([word('ada', 'approved'), word('ben', 'approved'), word('ada', 'rejected')])).toEqual([false, true, true]);
    expect(counted([word('ada', 'approved'), word('ada', 'withdrawn')])).toEqual([false, false]);
  });

  it('does not count what was said before the alias last moved', () => {
    expect(counted([word('ada', 'approved', { aliasRevision: 2 }), word('ben', 'rejected', { aliasRevision: 2 })])).toEqual([false, false]);
  });

  it('does not bring back an earlier word when the last one does not count', () => {
    expect(counted([word('ada', 'approved'), word('ada', 'approved', { aliasRevision: 2 })])).toEqual([false, false]);
  });

  it('counts approvers only, where the policy names some', () => {
    const policy = { approvers: ['ben'], selfApproval: false };
    expect(
      counted([word('ada', 'approved'), word('ben', 'approved'), word('cleo', 'rejected')], { policy, approverIds: new Set(['ben']) }),
    ).toEqual([false, true, false]);
  });

  it('does not count an approval of oneself, by user or by key, and counts a rejection', () => {
    const selves = new Set(['ada', 'key_1']);
    const rows = [word('ada', 'approved'), word('ben', 'approved', { by: 'key_1' }), word('cleo', 'approved')];
    expect(counted(rows, { selves })).toEqual([false, false, true]);
    expect(counted(rows, { selves, policy: { approvers: [], selfApproval: true } })).toEqual([true, true, true]);
    expect(counted([word('ada', 'rejected')], { selves })).toEqual([true]);
  });
});
