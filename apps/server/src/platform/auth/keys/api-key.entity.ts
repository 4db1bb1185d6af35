import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { ApiKey, Scope } from '@crisol/contracts';

export const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  properties: {
    id: p.text().primary(),
    publicId: p.text(),
    name: p.text(),
    kind: p.text().$type<ApiKey['kind']>(),
    /** The owner of a personal key. */
    userId: p.text().nullable(),
    secretHash: p.blob(),
    previousSecretHash: p.blob().nullable(),
    previousUntil: p.datetime().nullable(),
    lastFour: p.text(),
    scopes: p.json<Scope[]>(),
    endpoints: p.json<string[]>().nullable(),
    networks: p.json<string[]>().nullable(),
    requestsPerMinute: p.integer().nullable(),
    predictionsPerMinute: p.integer().nullable(),
    expiresAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    createdBy: p.text().nullable(),
    updatedAt: p.datetime(),
    revision: p.integer(),
    lastUsedAt: p.datetime().nullable(),
    lastUsedAddress: p.text().nullable(),
    lastUsedRoute: p.text().nullable(),
  },
});
export type ApiKeyRow = InferEntity<typeof ApiKeySchema>;

function stateOf(key: ApiKeyRow, now: number): ApiKey['state'] {
  if (key.revokedAt) return 'revoked';
  if (key.expiresAt.getTime() <= now) return 'expired';
  return key.previousUntil && key.previousUntil.getTime() > now ? 'rotating' : 'active';
}

export const toApiKey = (key: ApiKeyRow, now: number): ApiKey => ({
  id: key.id,
  name: key.name,
  kind: key.kind,
  prefix: `crs_${key.publicId}`,
  lastFour: key.lastFour,
  scopes: key.scopes,
  endpoints: key.endpoints ?? null,
  networks: key.networks ?? null,
  requestsPerMinute: key.requestsPerMinute ?? null,
  predictionsPerMinute: key.predictionsPerMinute ?? null,
  state: stateOf(key, now),
  createdAt: key.createdAt.toISOString(),
  createdBy: key.createdBy ?? null,
  expiresAt: key.expiresAt.toISOString(),
  lastUsed: key.lastUsedAt
    ? { at: key.lastUsedAt.toISOString(), address: key.lastUsedAddress ?? '', route: key.lastUsedRoute ?? '' }
    : null,
  revision: key.revision,
});
