import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Plugin, PluginIsolation, PluginKind, PluginSource, PluginState } from '@crisol/contracts';
import { fixFor } from './plugin-fixes.js';
import type { SealedText } from './settings/secret-box.js';

/** What became of an update. */
export interface Setback {
  readonly code: 'update_failed' | 'update_fell_back';
  readonly message: string;
}

export const PluginSchema = defineEntity({
  name: 'Plugin',
  properties: {
    id: p.text().primary(),
    version: p.text(),
    kinds: p.json<PluginKind[]>(),
    description: p.text(),
    source: p.json<PluginSource>(),
    required: p.boolean(),
    /** Whether plugins.yaml names it now, or it is installed; rows of plugins that went away keep their settings. */
    listed: p.boolean(),
    /** Whether it was installed at run time, from `packageSha512`. */
    installed: p.boolean().default(false),
    isolation: p.text().$type<PluginIsolation>().default('in_process'),
    /** Whether an operator set `isolation`; if not, plugins.yaml and the defaults do. */
    isolationChosen: p.boolean().default(false),
    packageSha512: p.text().nullable(),
    installedAt: p.datetime().nullable(),
    /** The package before, to which the plugin falls back until `probationUntil`. */
    formerSha512: p.text().nullable(),
    formerSource: p.json<PluginSource>().nullable(),
    probationUntil: p.datetime().nullable(),
    /** Why a newer version does not run; shown while the former one does. */
    setback: p.json<Setback>().nullable(),
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

export function toPlugin(row: PluginRow, calls: Plugin['calls'], processes: Plugin['processes'], userCount: number): Plugin {
  return {
    id: row.id,
    version: row.version,
    kinds: row.kinds,
    description: row.description,
    source: row.source,
    installed: row.installed,
    state: row.state,
    since: row.since.toISOString(),
    code: row.code ?? null,
    message: row.message ?? null,
    fix: fixFor(row.code ?? null, row.installed),
    required: row.required,
    isolation: row.isolation,
    apiRange: row.apiRange,
    permissions: row.permissions,
    provides: row.provides,
    settingsSchema: row.settingsSchema ?? null,
    settings: row.settings,
    settingsSecretsSet: Object.keys(row.secrets),
    calls,
    userCount,
    generation: row.generation,
    processes,
    revision: row.revision,
  };
}
