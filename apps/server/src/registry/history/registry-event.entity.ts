import type { HistoryEvent } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** Something that happened to a model and is no move of an alias: append-only (a trigger sees to it). */
export const RegistryEventEntity = defineEntity({
  name: 'RegistryEvent',
  tableName: 'registry_event',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    kind: p.text().$type<HistoryEvent['kind']>(),
    alias: p.text().nullable(),
    version: p.integer().nullable(),
    from: p.text().name('from_value').nullable(),
    to: p.text().name('to_value').nullable(),
    actor: p.text().nullable(),
    actorName: p.text().name('actor_name'),
    comment: p.text(),
    evidence: p.json<HistoryEvent['evidence']>(),
    at: p.datetime(),
  },
});
export type RegistryEventRow = InferEntity<typeof RegistryEventEntity>;
