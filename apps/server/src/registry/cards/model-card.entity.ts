import type { ModelCard } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** What people wrote about one version; the facts beside it are gathered when it is read. */
export const ModelCardEntity = defineEntity({
  name: 'ModelCard',
  tableName: 'model_card',
  properties: {
    versionId: p.text().name('version_id').primary(),
    modelId: p.text().name('model_id'),
    version: p.integer(),
    owner: p.text(),
    licence: p.text(),
    sections: p.json<ModelCard['sections']>(),
    updatedAt: p.datetime().name('updated_at'),
    updatedBy: p.text().name('updated_by').nullable(),
    revision: p.integer(),
  },
});
export type ModelCardRow = InferEntity<typeof ModelCardEntity>;
