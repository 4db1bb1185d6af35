import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Stage } from '../versions/model-version.entity.js';

/** A move of a version from one stage to another. Written once. */
export const StageEventEntity = defineEntity({
  name: 'StageEvent',
  tableName: 'stage_event',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    versionId: p.text().name('version_id'),
    version: p.integer(),
    fromStage: p.text().$type<Stage>().name('from_stage'),
    toStage: p.text().$type<Stage>().name('to_stage'),
    actor: p.text().nullable(),
    actorName: p.text().name('actor_name'),
    comment: p.text(),
    evidence: p.json<Readonly<Record<string, unknown>>>(),
    at: p.datetime(),
  },
});
export type StageEventRow = InferEntity<typeof StageEventEntity>;
