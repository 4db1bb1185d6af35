import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { User } from '@crisol/contracts';
import type { Role } from '../roles.js';

export const UserAccountSchema = defineEntity({
  name: 'UserAccount',
  properties: {
    id: p.text().primary(),
    username: p.text(),
    passwordHash: p.text(),
    role: p.text().$type<Role>(),
    disabled: p.boolean(),
    authEpoch: p.integer(),
    createdAt: p.datetime(),
    createdBy: p.text().nullable(),
    updatedAt: p.datetime(),
    lastSeenAt: p.datetime().nullable(),
    revision: p.integer(),
  },
});
export type UserAccount = InferEntity<typeof UserAccountSchema>;

export const toUser = (user: UserAccount): User => ({
  id: user.id,
  username: user.username,
  role: user.role,
  disabled: user.disabled,
  createdAt: user.createdAt.toISOString(),
  lastSeenAt: user.lastSeenAt?.toISOString() ?? null,
  revision: user.revision,
});
