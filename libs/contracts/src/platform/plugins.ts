import { z } from 'zod';
import { id } from '../ids.js';
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
export const PluginIsolation = z
  .enum(['in_process', 'isolated'])
  .meta({ id: 'PluginIsolation', description: 'in_process: trusted and fast; isolated: a process of its own with limits' });
export type PluginIsolation = z.infer<typeof PluginIsolation>;
export const PluginSource = z
  .object({
    type: z.enum(['workspace', 'folder', 'npm', 'upload']),
    location: z.string().meta({ description: 'The entry of plugins.yaml, the folder, name@version, or the name of the file' }),
  })
  .meta({ id: 'PluginSource' });
export type PluginSource = z.infer<typeof PluginSource>;
export const Plugin = z
  .object({
    id: z.string().meta({ description: 'Id of the manifest, such as notifier-webhook' }),
    version: z.string(),
    kinds: z.array(PluginKind),
    description: z.string(),
    source: PluginSource,
    installed: z.boolean().meta({ description: 'Whether it was installed at run time; false for what plugins.yaml names' }),
    state: PluginState,
    since: Timestamp,
    code: z.string().nullable(),
    message: z.string().nullable(),
    fix: z.string().nullable().meta({ description: 'What to do about the code' }),
    required: z.boolean(),
    isolation: PluginIsolation,
    apiRange: z.string(),
    permissions: PluginPermissions,
    provides: z.array(z.object({ kind: PluginKind, name: z.string(), title: z.string() })),
    settingsSchema: JsonObject.nullable(),
    settings: JsonObject.meta({ description: 'Secrets are left out; settingsSecretsSet names those that have a value' }),
    settingsSecretsSet: z.array(z.string()),
    calls: z
      .object({ total: z.int(), errors: z.int(), p50Ms: z.number().nullable() })
      .meta({ description: 'Of the last 24 hours, over all processes' }),
    userCount: z.int().meta({ description: 'How many suites, channels, models and the like need what it provides' }),
    generation: z.int(),
    processes: z.object({ applied: z.int(), total: z.int() }),
    revision: z.int(),
  })
  .meta({ id: 'Plugin' });
export type Plugin = z.infer<typeof Plugin>;
export const PluginPage = z
  .object({
    data: z.array(Plugin),
    nextCursor: z.string().nullable(),
    totalEstimate: z.int().nullable(),
    safeMode: z.boolean().meta({ description: 'Whether the answering process was started in safe mode, without any plugin' }),
  })
  .meta({ id: 'PluginPage' });
export type PluginPage = z.infer<typeof PluginPage>;
export const PluginProcess = z
  .object({
    process: z.string().meta({ description: 'Host and process number' }),
    role: z.string(),
    generation: z.int(),
    state: PluginState.nullable().meta({ description: 'What this process made of the plugin; null while it is at it' }),
    message: z.string().nullable(),
    seenAt: Timestamp,
  })
  .meta({ id: 'PluginProcess' });
export type PluginProcess = z.infer<typeof PluginProcess>;
export const PluginUser = z
  .object({ kind: z.string(), id: z.string(), name: z.string() })
  .meta({ id: 'PluginUser', description: 'Something that needs what the plugin provides, such as a suite or a channel' });
export type PluginUser = z.infer<typeof PluginUser>;
export const PluginContainment = z
  .object({
    facts: z.array(
      z.object({
        name: z.string().meta({ description: 'Such as files, network or memory' }),
        contained: z.boolean(),
        how: z.string().meta({ description: 'By what it is contained, or why it is not on this machine' }),
      }),
    ),
  })
  .meta({ id: 'PluginContainment', description: 'What isolation contains on the answering machine' });
export type PluginContainment = z.infer<typeof PluginContainment>;
export const PluginDetail = Plugin.extend({
  usedBy: z.array(PluginUser),
  readme: z.string().nullable().meta({ description: 'Markdown' }),
  processList: z.array(PluginProcess),
  containment: PluginContainment,
  package: z
    .object({
      name: z.string(),
      sha512: z.string().meta({ description: 'Of the tarball, hexadecimal; every process checks it before it loads the code' }),
      sizeBytes: z.int(),
      installedAt: Timestamp,
      formerVersion: z.string().nullable().meta({ description: 'To which it falls back while the new one is on probation' }),
    })
    .nullable()
    .meta({ description: 'Null for what plugins.yaml names' }),
}).meta({ id: 'PluginDetail' });
export type PluginDetail = z.infer<typeof PluginDetail>;
export const PluginSettings = JsonObject.meta({ id: 'PluginSettings', description: 'Checked against the schema of the plugin' });
export type PluginSettings = z.infer<typeof PluginSettings>;
export const PluginCheck = z.object({ ok: z.boolean(), message: z.string(), durationMs: z.number() }).meta({ id: 'PluginCheck' });
export type PluginCheck = z.infer<typeof PluginCheck>;
export const SetPluginIsolation = z.strictObject({ mode: PluginIsolation }).meta({ id: 'SetPluginIsolation' });
export type SetPluginIsolation = z.infer<typeof SetPluginIsolation>;

export const PluginEvent = z
  .object({
    id: z.int(),
    at: Timestamp,
    type: z.enum(['state', 'installed', 'updated', 'fell_back', 'enabled', 'disabled', 'settings', 'isolation', 'uninstalled']),
    from: PluginState.nullable(),
    state: PluginState.nullable(),
    code: z.string().nullable(),
    message: z.string().nullable(),
    version: z.string().nullable(),
    by: z.string().nullable().meta({ description: 'Name of the user or key; null for the platform itself' }),
  })
  .meta({ id: 'PluginEvent' });
export type PluginEvent = z.infer<typeof PluginEvent>;
export const PluginEventPage = pageOf(PluginEvent, 'PluginEventPage');
export type PluginEventPage = z.infer<typeof PluginEventPage>;

/** It has no `meta` id: with one the parameters vanish from OpenAPI. */
export const PluginStatsQuery = z.strictObject({ minutes: z.coerce.number().int().min(1).max(10_080).default(60) });
export type PluginStatsQuery = z.infer<typeof PluginStatsQuery>;
export const PluginStats = z
  .object({
    stepMinutes: z.int().meta({ description: 'Minutes that one entry covers; more than 1 for long ranges' }),
    minutes: z.array(Timestamp),
    calls: z.array(z.int()),
    errors: z.array(z.int()),
    p50Ms: z.array(z.number().nullable()),
    p99Ms: z.array(z.number().nullable()),
    total: z.object({ calls: z.int(), errors: z.int(), p50Ms: z.number().nullable(), p99Ms: z.number().nullable() }),
  })
  .meta({ id: 'PluginStats', description: 'Calls over time, summed over all processes; entries without calls are 0 and null' });
export type PluginStats = z.infer<typeof PluginStats>;

export const PluginLogQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  after: z.coerce.number().int().min(0).optional().meta({ description: 'Only lines with a higher id' }),
  level: z.enum(['debug', 'info', 'warn', 'error']).optional().meta({ description: 'The least level' }),
});
export type PluginLogQuery = z.infer<typeof PluginLogQuery>;
export const PluginLogLine = z
  .object({
    id: z.int(),
    at: Timestamp,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
    process: z.string(),
  })
  .meta({ id: 'PluginLogLine' });
export type PluginLogLine = z.infer<typeof PluginLogLine>;
export const PluginLog = z
  .object({ data: z.array(PluginLogLine) })
  .meta({ id: 'PluginLog', description: 'The last lines, oldest first; 1,000 a plugin are kept' });
export type PluginLog = z.infer<typeof PluginLog>;

const packageName = z
  .string()
  .max(214)
  .regex(/^(@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/, 'an npm package name, such as crisol-plugin-teams');
export const StartPluginInstall = z
  .strictObject({
    source: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('npm'),
        name: packageName,
        version: z
          .string()
          .max(100)
          .regex(/^[0-9A-Za-z][0-9A-Za-z.+-]*$/, 'a version such as 1.2.0, or a tag such as latest'),
      }),
      z.strictObject({
        type: z.literal('folder'),
        path: z.string().min(1).max(4_096).meta({ description: 'Absolute path of a folder on the machine of the server' }),
      }),
    ]),
  })
  .meta({ id: 'StartPluginInstall' });
export type StartPluginInstall = z.infer<typeof StartPluginInstall>;
export const PluginPermissionChange = z
  .object({
    permission: z.string().meta({ description: 'Such as hosts, secrets or memoryMb' }),
    added: z.array(z.string()),
    removed: z.array(z.string()),
    widened: z.boolean().meta({ description: 'Whether the plugin may do more than before; then a person is asked again' }),
  })
  .meta({ id: 'PluginPermissionChange' });
export type PluginPermissionChange = z.infer<typeof PluginPermissionChange>;
export const PluginInstallProblem = z
  .object({ code: z.string(), message: z.string(), blocking: z.boolean() })
  .meta({ id: 'PluginInstallProblem' });
export type PluginInstallProblem = z.infer<typeof PluginInstallProblem>;
export const PluginInstallState = z.enum(['fetching', 'staged', 'failed', 'installed', 'discarded']).meta({ id: 'PluginInstallState' });
export type PluginInstallState = z.infer<typeof PluginInstallState>;
export const PluginInstall = z
  .object({
    id: id('plg'),
    state: PluginInstallState,
    source: PluginSource,
    createdAt: Timestamp,
    createdBy: z.string().nullable(),
    expiresAt: Timestamp.meta({ description: 'When it is discarded by itself unless it was confirmed' }),
    pluginId: z.string().nullable(),
    packageName: z.string().nullable(),
    version: z.string().nullable(),
    previousVersion: z.string().nullable().meta({ description: 'The version that runs now; null for a plugin that is new' }),
    sha512: z.string().nullable(),
    sizeBytes: z.int().nullable(),
    description: z.string().nullable(),
    kinds: z.array(PluginKind),
    apiRange: z.string().nullable(),
    readme: z.string().nullable(),
    files: z.int().nullable().meta({ description: 'Files in the tarball' }),
    dependencies: z.array(z.string()).meta({ description: 'Packages that come with it, as name@version' }),
    permissions: PluginPermissions.nullable(),
    permissionChanges: z.array(PluginPermissionChange),
    needsConfirmation: z
      .boolean()
      .meta({ description: 'Whether a person must look at the permissions: the plugin is new, or may do more than before' }),
    defaultIsolation: PluginIsolation,
    problems: z.array(PluginInstallProblem),
    log: z.array(z.object({ at: Timestamp, line: z.string() })),
  })
  .meta({ id: 'PluginInstall' });
export type PluginInstall = z.infer<typeof PluginInstall>;
export const ConfirmPluginInstall = z
  .strictObject({
    permissions: PluginPermissions.meta({ description: 'Exactly those that the install shows' }),
    isolation: PluginIsolation.optional().meta({ description: 'isolated for a new plugin when left out; an update keeps the switch' }),
    settings: PluginSettings.optional().meta({
      description: 'For an update whose settings differ from the former ones; secrets left out keep their value',
    }),
  })
  .meta({ id: 'ConfirmPluginInstall' });
export type ConfirmPluginInstall = z.infer<typeof ConfirmPluginInstall>;
/** It has no `meta` id: with one the parameters vanish from OpenAPI. */
export const UninstallQuery = z.strictObject({
  force: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({ description: 'Also when something depends on it' }),
});
export type UninstallQuery = z.infer<typeof UninstallQuery>;
