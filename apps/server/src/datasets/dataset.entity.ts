import type { Dataset } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { DatasetVersionRow } from './versions/dataset-version.entity.js';

/** A named table; its rows are in its versions. */
export const DatasetEntity = defineEntity({
  name: 'Dataset',
  tableName: 'dataset',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    description: p.text(),
    tags: p.json<Record<string, string>>(),
    lastValidation: p.json<NonNullable<Dataset['lastValidation']>>().name('last_validation').nullable(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    revision: p.integer(),
  },
});
export type DatasetRow = InferEntity<typeof DatasetEntity>;

export function toDataset(row: DatasetRow, latest: DatasetVersionRow | undefined): Dataset {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    tags: row.tags,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
    updatedAt: row.updatedAt.toISOString(),
    revision: row.revision,
    latestVersion: latest
      ? {
          version: latest.number,
          id: latest.id,
          rows: latest.rows,
          columns: latest.columns.length,
          sizeBytes: latest.sizeBytes,
          createdAt: latest.createdAt.toISOString(),
        }
      : null,
    lastValidation: row.lastValidation ?? null,
  };
}
