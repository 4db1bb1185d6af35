import type { Admission } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { ModelBinding } from '../runtime/model-binding.js';

export type AdmissionState = Admission['state'];
export type AdmissionReport = Pick<Admission, 'steps' | 'reasons' | 'latency' | 'operators' | 'memoryBytes'>;

/** What admission found about a version, and whether it may serve. One row for each version. */
export const AdmissionEntity = defineEntity({
  name: 'Admission',
  tableName: 'admission',
  properties: {
    versionId: p.text().name('version_id').primary(),
    state: p.text().$type<AdmissionState>(),
    lane: p.text().$type<'inline' | 'isolated'>().nullable(),
    report: p.json<AdmissionReport>(),
    binding: p.json<ModelBinding>().nullable(),
    /** The cleaned file that serves; null until admitted. */
    servingKey: p.text().name('serving_key').nullable(),
    servingSha256: p.text().name('serving_sha256').nullable(),
    /** Rows in one run of the inline lane. */
    chunkRows: p.integer().name('chunk_rows').nullable(),
    aliasWhenAdmitted: p.text().name('alias_when_admitted').nullable(),
    jobId: p.text().name('job_id').nullable(),
    finishedAt: p.datetime().name('finished_at').nullable(),
    revision: p.integer(),
  },
});
export type AdmissionRow = InferEntity<typeof AdmissionEntity>;
