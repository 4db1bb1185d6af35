import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** A named set of runs. */
export const ExperimentEntity = defineEntity({
  name: 'Experiment',
  tableName: 'experiment',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    tags: p.json<Record<string, string>>(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    revision: p.integer(),
  },
});
export type ExperimentRow = InferEntity<typeof ExperimentEntity>;
