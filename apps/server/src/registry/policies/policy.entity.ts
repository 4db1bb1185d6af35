import type { AliasPolicy, Guardrail } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** What a move of one alias of one model asks for, next to its gates. */
export const AliasPolicyEntity = defineEntity({
  name: 'AliasPolicy',
  tableName: 'alias_policy',
  properties: {
    modelId: p.text().name('model_id').primary(),
    alias: p.text().primary(),
    approvals: p.integer(),
    /** As they were given: ids or names of users. */
    approvers: p.json<readonly string[]>(),
    selfApproval: p.boolean().name('self_approval'),
    coolDownMinutes: p.integer().name('cool_down_minutes'),
    autoPromote: p.boolean().name('auto_promote'),
    guardrail: p.json<Guardrail>().nullable(),
    /** Taken away; the row goes on holding the number of the revision. */
    removed: p.boolean(),
    updatedAt: p.datetime().name('updated_at'),
    updatedBy: p.text().name('updated_by').nullable(),
    revision: p.integer(),
  },
});
export type AliasPolicyRow = InferEntity<typeof AliasPolicyEntity>;

export const policyDefaults = {
  approvals: 0,
  approvers: [],
  selfApproval: false,
  coolDownMinutes: 0,
  autoPromote: false,
  guardrail: null,
} as const;

/** @param row - null when nothing was ever set */
export function toPolicy(model: string, alias: string, row: AliasPolicyRow | null): AliasPolicy {
  if (!row || row.removed)
    return { model, alias, ...policyDefaults, approvers: [], updatedAt: null, updatedBy: null, revision: row?.revision ?? 0 };
  return {
    model,
    alias,
    approvals: row.approvals,
    approvers: [...row.approvers],
    selfApproval: row.selfApproval,
    coolDownMinutes: row.coolDownMinutes,
    autoPromote: row.autoPromote,
    guardrail: row.guardrail ?? null,
    updatedAt: row.updatedAt.toISOString(),
    updatedBy: row.updatedBy ?? null,
    revision: row.revision,
  };
}
