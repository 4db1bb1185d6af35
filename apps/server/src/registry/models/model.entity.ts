import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** A named line of versions. A deleted one keeps its rows until its grace time is over; its name is free at once. */
export const ModelEntity = defineEntity({
  name: 'Model',
  tableName: 'model',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    description: p.text(),
    tags: p.json<Record<string, string>>(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    deletedAt: p.datetime().name('deleted_at').nullable(),
    revision: p.integer(),
  },
});
export type ModelRow = InferEntity<typeof ModelEntity>;
