import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { FeatureLookup, Variant } from '@crisol/contracts';

/** What clients call: a name and the variants behind it. */
export const EndpointEntity = defineEntity({
  name: 'Endpoint',
  tableName: 'endpoint',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    description: p.text(),
    /** `model` holds the model's id, so that a renamed model stays. */
    variants: p.json<readonly Variant[]>(),
    lookup: p.json<FeatureLookup>().nullable(),
    tags: p.json<Record<string, string>>(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    revision: p.integer(),
  },
});
export type EndpointRow = InferEntity<typeof EndpointEntity>;
