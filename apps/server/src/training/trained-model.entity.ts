import type { Signature } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** The model that a training run left behind: the file and what it takes and gives. */
export const TrainedModelEntity = defineEntity({
  name: 'TrainedModel',
  tableName: 'trained_model',
  properties: {
    runId: p.text().primary().name('run_id'),
    objectKey: p.text().name('object_key'),
    sizeBytes: p.bigint('number').name('size_bytes'),
    sha256: p.text(),
    modelType: p.text().name('model_type'),
    signature: p.json<Signature>(),
    importance: p.json<readonly { readonly column: string; readonly value: number }[]>(),
    createdAt: p.datetime().name('created_at'),
  },
});
export type TrainedModelRow = InferEntity<typeof TrainedModelEntity>;
