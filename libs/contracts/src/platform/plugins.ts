import { z } from 'zod';
import { JsonObject, pageOf, Timestamp } from '../common.js';

export const PluginKind = z.enum(['model-type', 'feature-store', 'validator', 'notifier']).meta({ id: 'PluginKind' });
export type PluginKind = z.infer<typeof PluginKind>;
export const PluginState = z
  .enum(['discovered', 'incompatible', 'misconfigured', 'active', 'degraded', 'quarantined', 'disabled', 'failed'])
  .meta({ id: 'PluginState' });
export type PluginState = z.infer<typeof PluginState>;
export const PluginPermissions = z
  .object({
    hosts: z.array(z.string()).meta({ description: 'Hosts that its HTTP client reaches; * for any public one' }),
    secrets: z.array(z.string()),
    datasets: z.array(z.string()),
    commands: z.boolean().meta({ description: 'Whether it runs programs of the machine inside jobs' }),
    database: z.boolean().meta({ description: 'Whether it has a schema of its own in the database' }),
    memoryMb: z.int(),
    cpus: z.int(),
  })
  .meta({ id: 'PluginPermissions' });
export type PluginPermissions = z.infer<typeof PluginPermissions>;
export const Plugin = z
  .object({
    id: z.string().meta({ description: 'Id of the manifest, such as notifier-webhook' }),
    version: z.string(),
    kinds: z.array(PluginKind),
    description: z.string(),
    source: z.object({ type: z.enum(['workspace', 'folder', 'npm']), location: z.string() }),
    state: PluginState,
    since: Timestamp,
    code: z.string().nullable(),
    message: z.string().nullable(),
    required: z.boolean(),
    apiRange: z.string(),
    permissions: PluginPermissions,
    provides: z.array(z.object({ kind: PluginKind, name: z.string(), title: z.string() })),
    settingsSchema: JsonObject.nullable(),
    settings: JsonObject.meta({ description: 'Secrets are left out; settingsSecretsSet names those that have a value' }),
    settingsSecretsSet: z.array(z.string()),
    calls: z.object({ total: z.int(), errors: z.int(), p50Ms: z.number().nullable() }),
    generation: z.int(),
    processes: z.object({ applied: z.int(), total: z.int() }),
    revision: z.int(),
  })
  .meta({ id: 'Plugin' });
export type Plugin = z.infer<typeof Plugin>;
export const PluginPage = pageOf(Plugin, 'PluginPage');
export type PluginPage = z.infer<typeof PluginPage>;
export const PluginSettings = JsonObject.meta({ id: 'PluginSettings', description: 'Checked against the schema of the plugin' });
export type PluginSettings = z.infer<typeof PluginSettings>;
export const PluginCheck = z.object({ ok: z.boolean(), message: z.string(), durationMs: z.number() }).meta({ id: 'PluginCheck' });
export type PluginCheck = z.infer<typeof PluginCheck>;
