import type { PromotionCheck } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../platform/auth/actor.js';
import type { People } from '../../platform/auth/users/people.js';
import { toStanding } from '../gates/gate-keeper.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';
import { toApproval } from './approval.entity.js';
import type { Weighed } from './promotion.js';
import { signatureChanges } from './signature-changes.js';

/** Whether the word of the caller would count. */
export async function mayApprove(em: EntityManager, people: People, actor: Actor, weighed: Weighed): Promise<boolean> {
  if (!actor.scopes.has('models:promote')) return false;
  const person = await people.behind(em, actor.id);
  if (!person) return false;
  const { policy, approverIds, version } = weighed;
  if (policy.approvers.length > 0 && !approverIds.has(person.id)) return false;
  if (policy.selfApproval) return true;
  const makers = await people.selves(em, version.createdBy ?? null);
  return !makers.has(person.id) && !(actor.id !== null && makers.has(actor.id));
}

export function toPromotionCheck(weighed: Weighed, endpoints: readonly string[], callerMayApprove: boolean): PromotionCheck {
  const { model, version, alias, row, incumbent, policy, standings, approvals, approvalsNeeded, blockers } = weighed;
  const changes = incumbent ? signatureChanges(incumbent.signature, version.signature) : [];
  return {
    model: model.name,
    alias,
    version: version.number,
    incumbent: incumbent?.number ?? null,
    aliasRevision: row?.revision ?? null,
    allowed: blockers.length === 0,
    blockers: blockers.map(({ code, message, until }) => ({ code, message, until: until?.toISOString() ?? null })),
    gates: standings.map(toStanding),
    approvals: approvals.map((one) => toApproval(one.row, model.name, one.counts)),
    approvalsNeeded,
    mayApprove: callerMayApprove,
    policy,
    metrics: metricPairs(incumbent, version),
    signature: { compatible: !changes.some(({ breaking }) => breaking), changes },
    endpoints: [...endpoints],
  };
}

function metricPairs(incumbent: ModelVersionRow | null, candidate: ModelVersionRow): PromotionCheck['metrics'] {
  const names = [...new Set([...Object.keys(candidate.metrics), ...Object.keys(incumbent?.metrics ?? {})])].sort();
  const finite = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  return names.map((name) => ({
    name,
    incumbent: finite(incumbent?.metrics[name]),
    candidate: finite(candidate.metrics[name]),
  }));
}
