import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** A signed-in browser. Only the SHA-256 of its id is kept. */
export const UserSessionSchema = defineEntity({
  name: 'UserSession',
  properties: {
    idHash: p.text().primary(),
    userId: p.text(),
    authEpoch: p.integer(),
    createdAt: p.datetime(),
    lastSeenAt: p.datetime(),
    /** Moves on while the session is used. */
    expiresAt: p.datetime(),
    /** Does not move. */
    endsAt: p.datetime(),
    address: p.text(),
  },
});
export type UserSession = InferEntity<typeof UserSessionSchema>;
