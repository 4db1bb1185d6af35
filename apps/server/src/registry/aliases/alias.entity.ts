import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** Which version an alias names now. How it came there is in the alias events. */
export const AliasEntity = defineEntity({
  name: 'Alias',
  tableName: 'alias',
  properties: {
    modelId: p.text().name('model_id').primary(),
    alias: p.text().primary(),
    versionId: p.text().name('version_id'),
    number: p.integer(),
    movedAt: p.datetime().name('moved_at'),
    movedBy: p.text().name('moved_by').nullable(),
    revision: p.integer(),
  },
});
export type AliasRow = InferEntity<typeof AliasEntity>;
