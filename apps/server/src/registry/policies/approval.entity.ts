import type { Approval } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** What one person said about one version and one alias: append-only (a trigger sees to it). */
export const ApprovalEntity = defineEntity({
  name: 'Approval',
  tableName: 'approval',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    versionId: p.text().name('version_id'),
    version: p.integer(),
    alias: p.text(),
    /** Of the alias's last move when it was said: a word about replacing one version is none about replacing another. */
    aliasRevision: p.integer().name('alias_revision'),
    incumbent: p.integer().nullable(),
    decision: p.text().$type<Approval['decision']>(),
    comment: p.text(),
    by: p.text().nullable(),
    /** The person behind the key, or the user. */
    person: p.text(),
    byName: p.text().name('by_name'),
    at: p.datetime(),
  },
});
export type ApprovalRow = InferEntity<typeof ApprovalEntity>;

export function toApproval(row: ApprovalRow, model: string, counts: boolean): Approval {
  return {
    id: row.id,
    model,
    version: row.version,
    alias: row.alias,
    decision: row.decision,
    comment: row.comment,
    by: row.by ?? null,
    byName: row.byName,
    at: row.at.toISOString(),
    counts,
  };
}
