import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Plugin, PluginKind, PluginState } from '@crisol/contracts';
import type { SealedText } from './settings/secret-box.js';

export const PluginSchema = defineEntity({
  name: 'Plugin',
  properties: {
    id: p.text().primary(),
    version: p.text(),
    kinds: p.json<PluginKind[]>(),
    description: p.text(),
    source: p.json<Plugin['source']>(),
    required: p.boolean(),
    /** Whether plugins.yaml names it now; rows of plugins that went away keep their settings. */
    listed: p.boolean(),
    apiRange: p.text(),
    permissions: p.json<Plugin['permissions']>(),
    /** What the operator wants; `state` is what is. */
    enabled: p.boolean(),
    state: p.text().$type<PluginState>(),
    code: p.text().nullable(),
    message: p.text().nullable(),
    since: p.datetime(),
    provides: p.json<Plugin['provides']>(),
    settingsSchema: p.json<NonNullable<Plugin['settingsSchema']>>().nullable(),
    settings: p.json<Plugin['settings']>(),
    secrets: p.json<Record<string, SealedText>>(),
    /** Grows with each change that every process must apply. */
    generation: p.integer(),
    revision: p.integer(),
  },
});
export type PluginRow = InferEntity<typeof PluginSchema>;

export function toPlugin(row: PluginRow, calls: Plugin['calls'], processes: Plugin['processes']): Plugin {
  return {
    id: row.id,
    version: row.version,
    kinds: row.kinds,
    description: row.description,
    source: row.source,
    state: row.state,
    since: row.since.toISOString(),
    code: row.code ?? null,
    message: row.message ?? null,
    required: row.required,
    apiRange: row.apiRange,
    permissions: row.permissions,
    provides: row.provides,
    settingsSchema: row.settingsSchema ?? null,
    settings: row.settings,
    settingsSecretsSet: Object.keys(row.secrets),
    calls,
    generation: row.generation,
    processes,
    revision: row.revision,
  };
}
