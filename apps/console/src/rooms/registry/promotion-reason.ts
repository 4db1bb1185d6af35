import type { PromotionCheck } from '@crisol/contracts';
import { dateTime, list } from '../../shared/i18n/format';
import { t } from '../../shared/i18n/messages';
import { gateReason } from './gate-reason';

type Blocker = PromotionCheck['blockers'][number];
/** People whose word counts for the move now. */
export const approvedBy = (check: PromotionCheck): string[] =>
  check.approvals.filter((word) => word.counts && word.decision === 'approved').map((word) => word.byName);

function wordsOf(blocker: Blocker, check: PromotionCheck): string {
  const { alias, version } = check;
  if (blocker.code === 'gate') return gateReason(check.gates, alias) ?? blocker.message;
  if (blocker.code === 'approval') return t('governance.blockerApproval', { have: approvedBy(check).length, need: check.approvalsNeeded });
  if (blocker.code === 'rejected') {
    const people = check.approvals.filter((word) => word.counts && word.decision === 'rejected').map((word) => word.byName);
    return people.length ? t('governance.blockerRejected', { people: list(people) }) : blocker.message;
  }
  if (blocker.code === 'cool_down') return t('governance.blockerCoolDown', { time: dateTime(blocker.until) });
  if (blocker.code === 'same_version') return t('registry.alreadyThere');
  return t(blocker.code === 'not_servable' ? 'governance.blockerNotServable' : 'registry.notAdmitted', { version });
}

/** Why the alias may not move to the version now; nothing when it may. One sentence a cause. */
export function promotionReasons(check: PromotionCheck): string[] {
  // Several gates are one cause in one sentence.
  return [...new Set(check.blockers.map((blocker) => wordsOf(blocker, check)))];
}

/** Who could still approve, when the policy names the people. */
export function missingApprovers(check: PromotionCheck): string[] {
  const approved = new Set(check.approvals.flatMap((word) => (word.counts && word.decision === 'approved' ? [word.byName, word.by] : [])));
  return approvedBy(check).length >= check.approvalsNeeded ? [] : check.policy.approvers.filter((person) => !approved.has(person));
}
