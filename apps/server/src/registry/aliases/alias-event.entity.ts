import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** One move of an alias: append-only (a trigger sees to it). */
export const AliasEventEntity = defineEntity({
  name: 'AliasEvent',
  tableName: 'alias_event',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    alias: p.text(),
    /** The alias's revision after the move; goes on counting when an alias is removed and made again. */
    revision: p.integer(),
    fromVersion: p.integer().name('from_version').nullable(),
    toVersion: p.integer().name('to_version').nullable(),
    actor: p.text().nullable(),
    actorName: p.text().name('actor_name'),
    comment: p.text(),
    evidence: p.json<Record<string, unknown>>(),
    at: p.datetime(),
    kind: p.text().$type<'moved' | 'removed' | 'demoted'>(),
    /** Revision of the move that a way back from this one leads to; 0: there is none; null: written before it was noted. */
    underRevision: p.integer().name('under_revision').nullable(),
  },
});
export type AliasEventRow = InferEntity<typeof AliasEventEntity>;
