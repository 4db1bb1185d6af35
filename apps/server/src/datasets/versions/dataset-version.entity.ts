import type { Column, DatasetProfile, DatasetVersion } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** An immutable version of a data set: one Parquet object, its schema, its profile and where it came from. */
export const DatasetVersionEntity = defineEntity({
  name: 'DatasetVersion',
  tableName: 'dataset_version',
  properties: {
    id: p.text().primary(),
    datasetId: p.text().name('dataset_id'),
    number: p.integer(),
    rows: p.bigint('number'),
    columns: p.json<readonly Column[]>(),
    objectKey: p.text().name('object_key'),
    sizeBytes: p.bigint('number').name('size_bytes'),
    sha256: p.text(),
    source: p.json<DatasetVersion['source']>(),
    profile: p.json<DatasetProfile>().nullable().lazy(),
    jobId: p.text().name('job_id').nullable(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
  },
});
export type DatasetVersionRow = InferEntity<typeof DatasetVersionEntity>;

export function toDatasetVersion(row: DatasetVersionRow, dataset: { readonly id: string; readonly name: string }): DatasetVersion {
  return {
    id: row.id,
    dataset: { id: dataset.id, name: dataset.name },
    version: row.number,
    rows: row.rows,
    columns: [...row.columns],
    sizeBytes: row.sizeBytes,
    sha256: row.sha256,
    source: row.source,
    // A version appears with its profile, in one transaction.
    profiled: true,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
    job: row.jobId ?? null,
  };
}
