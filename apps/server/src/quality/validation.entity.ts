import type { CheckResult, Validation } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** What one run of a suite found on one version. Immutable. */
export const ValidationEntity = defineEntity({
  name: 'Validation',
  tableName: 'validation',
  properties: {
    id: p.text().primary(),
    suiteId: p.text().name('suite_id'),
    suiteName: p.text().name('suite_name'),
    datasetId: p.text().name('dataset_id'),
    versionId: p.text().name('version_id'),
    version: p.integer(),
    outcome: p.text().$type<Validation['outcome']>(),
    results: p.json<readonly CheckResult[]>(),
    jobId: p.text().name('job_id').nullable(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
  },
});
export type ValidationRow = InferEntity<typeof ValidationEntity>;

export function toValidation(row: ValidationRow, datasetName: string): Validation {
  const successful = row.results.filter(({ outcome }) => outcome === 'passed').length;
  return {
    id: row.id,
    suite: { id: row.suiteId, name: row.suiteName },
    dataset: { id: row.datasetId, name: datasetName },
    version: row.version,
    outcome: row.outcome,
    statistics: { evaluated: row.results.length, successful, unsuccessful: row.results.length - successful },
    results: [...row.results],
    job: row.jobId ?? null,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
  };
}
