import type { AliasPolicy } from '@crisol/contracts';
import type { ApprovalRow } from './approval.entity.js';

export interface CountedApproval {
  readonly row: ApprovalRow;
  readonly counts: boolean;
}

/** What a word is weighed against. */
export interface Weights {
  readonly policy: Pick<AliasPolicy, 'approvers' | 'selfApproval'>;
  /** Ids of the users that `policy.approvers` names. */
  readonly approverIds: ReadonlySet<string>;
  /** Of the alias's last move: words of before it are spent. */
  readonly aliasRevision: number;
  /** Ids under which the version was made and the alias is moved. */
  readonly selves: ReadonlySet<string>;
}

/**
 * Which of the words on one version and alias count: the last of each person, said since the alias last moved, by somebody
 * who may say it. Nobody approves their own version or move unless the policy lets them; to reject it is always open to them.
 * @param rows - in the order in which they were said
 */
export function countApprovals(rows: readonly ApprovalRow[], weights: Weights): CountedApproval[] {
  const lastOf = new Map(rows.map((row) => [row.person, row.id]));
  return rows.map((row) => ({ row, counts: lastOf.get(row.person) === row.id && row.decision !== 'withdrawn' && isHeard(row, weights) }));
}

function isHeard(row: ApprovalRow, { policy, approverIds, aliasRevision, selves }: Weights): boolean {
  if (row.aliasRevision !== aliasRevision) return false;
  if (policy.approvers.length > 0 && !approverIds.has(row.person)) return false;
  if (row.decision === 'rejected' || policy.selfApproval) return true;
  return !selves.has(row.person) && !(row.by != null && selves.has(row.by));
}
