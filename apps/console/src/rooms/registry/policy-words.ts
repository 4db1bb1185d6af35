import type { AliasPolicy } from '@crisol/contracts';
import { latency, list, percent, span } from '../../shared/i18n/format';
import { t } from '../../shared/i18n/messages';

type Rules = Pick<AliasPolicy, 'approvals' | 'approvers' | 'selfApproval' | 'coolDownMinutes' | 'autoPromote' | 'guardrail'>;
function minutes(count: number): string {
  if (count > 0 && count % 1440 === 0) return span(count / 1440, 'day');
  return count > 0 && count % 60 === 0 ? span(count / 60, 'hour') : span(count, 'minute');
}

/** What a policy means for the people who move the alias, as sentences. */
export function policyWords(policy: Rules, alias: string): string[] {
  const words: string[] = [];
  if (policy.approvals === 0) words.push(t('governance.wordsNoApproval'));
  else {
    words.push(
      policy.approvers.length
        ? t('governance.wordsApprovalsOf', { n: policy.approvals, people: list(policy.approvers) })
        : t('governance.wordsApprovals', { n: policy.approvals }),
    );
    words.push(t(policy.selfApproval ? 'governance.wordsSelf' : 'governance.wordsNoSelf'));
  }
  if (policy.coolDownMinutes > 0) words.push(t('governance.wordsCoolDown', { time: minutes(policy.coolDownMinutes) }));
  if (policy.autoPromote) words.push(t('governance.wordsAuto', { alias }));
  const rail = policy.guardrail;
  if (rail) {
    const limits = [
      ...(rail.maxErrorShare === null ? [] : [t('governance.wordsErrors', { share: percent(rail.maxErrorShare) })]),
      ...(rail.maxP95Ms === null ? [] : [t('governance.wordsP95', { time: latency(rail.maxP95Ms) })]),
    ];
    words.push(
      t('governance.wordsGuardrail', {
        limits: list(limits, 'disjunction'),
        time: minutes(rail.watchMinutes),
        n: rail.minRequests,
      }),
    );
  }
  return words;
}

/** Whether the approvers that are named can be enough at all. */
export const tooFewApprovers = (policy: Pick<Rules, 'approvals' | 'approvers'>): boolean =>
  policy.approvers.length > 0 && policy.approvers.length < policy.approvals;
