import { z } from 'zod';

const rooms = [
  'datasets',
  'quality',
  'features',
  'experiments',
  'training',
  'models',
  'endpoints',
  'monitoring',
  'pipelines',
  'lineage',
  'notifications',
] as const;
const roomScopes = rooms.flatMap((room) => [`${room}:read`, `${room}:write`] as const);

/** Every scope. `write` includes `read` of the same room. */
export const scopes = [
  ...roomScopes,
  'features:serve',
  'models:promote',
  'endpoints:predict',
  'pipelines:run',
  'plugins:admin',
  'keys:admin',
  'users:admin',
  'settings:admin',
  'audit:read',
] as const;
export const Scope = z.enum(scopes).meta({ id: 'Scope' });
export type Scope = z.infer<typeof Scope>;

const reads = scopes.filter((scope) => scope.endsWith(':read'));
/** Named sets of scopes that the console and the CLI offer. */
export const scopePresets = {
  predict: ['endpoints:predict', 'features:serve'],
  read: reads,
  train: [...reads, 'datasets:write', 'quality:write', 'features:write', 'experiments:write', 'training:write', 'models:write'],
  admin: [...scopes],
} as const satisfies Record<string, readonly Scope[]>;
export type ScopePreset = keyof typeof scopePresets;

/** Whether a set of held scopes grants the needed one. */
export function grants(held: Iterable<string>, needed: Scope): boolean {
  const set = held instanceof Set ? held : new Set(held);
  return set.has(needed) || (needed.endsWith(':read') && set.has(needed.replace(/:read$/, ':write')));
}
