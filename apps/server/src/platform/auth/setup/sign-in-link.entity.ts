import { defineEntity, p } from '@mikro-orm/core';

/** A one-time link for the first administrator, or for one who is locked out. Only the SHA-256 of its token is kept. */
export const SignInLinkSchema = defineEntity({
  name: 'SignInLink',
  properties: {
    tokenHash: p.text().primary(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
});
