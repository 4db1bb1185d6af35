import type { Check, Gate } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** What a version must pass before an alias of its model may move to it. */
export const GateEntity = defineEntity({
  name: 'Gate',
  tableName: 'gate',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    name: p.text(),
    alias: p.text(),
    validator: p.text(),
    checks: p.json<readonly Check[]>(),
    required: p.boolean(),
    enabled: p.boolean(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    /** Grows with each change; a verdict counts for its own revision only. */
    revision: p.integer(),
  },
});
export type GateRow = InferEntity<typeof GateEntity>;

export function toGate(row: GateRow, model: string): Gate {
  return {
    id: row.id,
    model,
    name: row.name,
    alias: row.alias,
    validator: row.validator,
    checks: [...row.checks],
    required: row.required,
    enabled: row.enabled,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
    updatedAt: row.updatedAt.toISOString(),
    revision: row.revision,
  };
}
