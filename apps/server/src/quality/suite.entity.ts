import type { Check, Suite } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** Checks that a data set must pass. */
export const SuiteEntity = defineEntity({
  name: 'Suite',
  tableName: 'suite',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    datasetId: p.text().name('dataset_id'),
    validator: p.text(),
    checks: p.json<readonly Check[]>(),
    tags: p.json<Record<string, string>>(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    revision: p.integer(),
  },
});
export type SuiteRow = InferEntity<typeof SuiteEntity>;

export function toSuite(row: SuiteRow, dataset: { readonly id: string; readonly name: string }): Suite {
  return {
    id: row.id,
    name: row.name,
    dataset: { id: dataset.id, name: dataset.name },
    validator: row.validator,
    checks: [...row.checks],
    tags: row.tags,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
    updatedAt: row.updatedAt.toISOString(),
    revision: row.revision,
  };
}
