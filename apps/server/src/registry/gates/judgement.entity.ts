import type { GateFinding, Judgement } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** The verdict of one gate on one version: append-only (a trigger sees to it). */
export const JudgementEntity = defineEntity({
  name: 'Judgement',
  tableName: 'judgement',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    versionId: p.text().name('version_id'),
    version: p.integer(),
    alias: p.text(),
    gateId: p.text().name('gate_id'),
    gateName: p.text().name('gate_name'),
    gateRevision: p.integer().name('gate_revision'),
    validator: p.text(),
    incumbentId: p.text().name('incumbent_id').nullable(),
    incumbent: p.integer().nullable(),
    verdict: p.text().$type<Judgement['verdict']>(),
    findings: p.json<readonly GateFinding[]>(),
    facts: p.json<Judgement['facts']>(),
    jobId: p.text().name('job_id').nullable(),
    at: p.datetime(),
    by: p.text().nullable(),
  },
});
export type JudgementRow = InferEntity<typeof JudgementEntity>;

export function toJudgement(row: JudgementRow, model: string): Judgement {
  return {
    id: row.id,
    model,
    version: row.version,
    alias: row.alias,
    gate: { id: row.gateId, name: row.gateName, revision: row.gateRevision, validator: row.validator },
    incumbent: row.incumbent ?? null,
    verdict: row.verdict,
    findings: [...row.findings],
    facts: row.facts,
    job: row.jobId ?? null,
    at: row.at.toISOString(),
    by: row.by ?? null,
  };
}
