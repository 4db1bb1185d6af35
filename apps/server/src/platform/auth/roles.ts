import { scopes, scopePresets, type Scope, type User } from '@crisol/contracts';

export type Role = User['role'];

const administration: ReadonlySet<string> = new Set<Scope>(['plugins:admin', 'keys:admin', 'users:admin', 'settings:admin', 'audit:read']);

/** What each role may do. */
export const roleScopes: Readonly<Record<Role, ReadonlySet<Scope>>> = {
  admin: new Set(scopes),
  editor: new Set(scopes.filter((scope) => !administration.has(scope))),
  viewer: new Set(scopePresets.read),
};
