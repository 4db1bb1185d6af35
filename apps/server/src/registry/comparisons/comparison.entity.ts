import type { Comparison, CompareModels, ComparisonResult } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** What somebody wanted compared, and what was found. */
export const ComparisonEntity = defineEntity({
  name: 'Comparison',
  tableName: 'comparison',
  properties: {
    id: p.text().primary(),
    state: p.text().$type<Comparison['state']>(),
    jobId: p.text().name('job_id').nullable(),
    /** Models of the candidates, for the list of one model. */
    modelIds: p.array().name('model_ids').$type<string[]>(),
    candidates: p.json<Comparison['candidates']>(),
    request: p.json<CompareModels>(),
    result: p.json<ComparisonResult>().nullable(),
    error: p.text().nullable(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
  },
});
export type ComparisonRow = InferEntity<typeof ComparisonEntity>;

/** @param withRows - whether the reader may see rows of the data sets */
export function toComparison(row: ComparisonRow, withRows: boolean): Comparison {
  const result = row.result ?? null;
  return {
    id: row.id,
    state: row.state,
    job: row.jobId ?? '',
    candidates: row.candidates,
    request: row.request,
    result: result && !withRows ? { ...result, disagreements: { ...result.disagreements, examples: [] } } : result,
    error: row.error ?? null,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
  };
}
