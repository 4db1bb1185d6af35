import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Options } from '@mikro-orm/postgresql';
import { systemActor } from '../../../src/platform/auth/actor.js';
import { Audit, type AuditEntry } from '../../../src/platform/audit/audit.js';
import type { Config } from '../../../src/platform/config/config.js';
import { plugins as pluginsMigration } from '../../../src/platform/database/migrations/0004-plugins.js';
import { pluginInstall } from '../../../src/platform/database/migrations/0013-plugin-install.js';
import { tasksAndArtifacts } from '../../../src/platform/database/migrations/0014-tasks-and-artifacts.js';
import { PostgresDatabase } from '../../../src/platform/database/postgres-database.js';
import { PostgresEventBus } from '../../../src/platform/events/postgres-event-bus.js';
import { PostgresListener } from '../../../src/platform/events/postgres-listener.js';
import { ActivePlugins } from '../../../src/platform/plugins/active-plugins.js';
import { ServerPluginRunners } from '../../../src/platform/plugins/isolation/server-plugin-runners.js';
import { PackageFolders } from '../../../src/platform/plugins/install/package-folders.js';
import { PackageSweeper } from '../../../src/platform/plugins/install/package-sweeper.js';
import { PackageSwitch } from '../../../src/platform/plugins/install/package-switch.js';
import { PackageTrial } from '../../../src/platform/plugins/install/package-trial.js';
import { PluginInstallSchema } from '../../../src/platform/plugins/install/plugin-install.entity.js';
import { PluginInstallsService } from '../../../src/platform/plugins/install/plugin-installs.service.js';
import { OfflineDisables } from '../../../src/platform/plugins/lifecycle/offline-disables.js';
import { PluginLifecycle } from '../../../src/platform/plugins/lifecycle/plugin-lifecycle.js';
import { PluginStore } from '../../../src/platform/plugins/lifecycle/plugin-store.js';
import { PluginLogs } from '../../../src/platform/plugins/page/plugin-logs.js';
import { PluginPages } from '../../../src/platform/plugins/page/plugin-pages.js';
import { PluginStatistics } from '../../../src/platform/plugins/page/plugin-statistics.js';
import { PluginChanges } from '../../../src/platform/plugins/plugin-changes.js';
import { PluginRemoval } from '../../../src/platform/plugins/plugin-removal.js';
import { PluginUsers } from '../../../src/platform/plugins/plugin-users.js';
import { PluginSchema } from '../../../src/platform/plugins/plugin.entity.js';
import { PluginsService } from '../../../src/platform/plugins/plugins.service.js';
import { DatasetSources } from '../../../src/platform/plugins/scope/dataset-source.js';
import { ServerPluginScopes } from '../../../src/platform/plugins/scope/plugin-scopes.js';
import { PluginSecrets } from '../../../src/platform/plugins/settings/plugin-secrets.js';
import { SecretBox } from '../../../src/platform/plugins/settings/secret-box.js';
import { FolderStorage } from '../../../src/platform/storage/folder-storage.js';
import type { TestPostgres } from '../jobs/start-postgres.js';

/** Keeps what was recorded, to read it. */
export class KeptAudit extends Audit {
  readonly entries: AuditEntry[] = [];
  record(_em: unknown, _actor: unknown, entry: AuditEntry): Promise<void> {
    this.entries.push(entry);
    return Promise.resolve();
  }
}

export const fixture = (name: string): string => fileURLToPath(new URL(`../../fixture-plugins/${name}`, import.meta.url));

export interface PluginWorldOptions {
  /** Folders. */
  readonly plugins: readonly string[];
  readonly required?: readonly string[];
  readonly isolated?: readonly string[];
  readonly safeMode?: boolean;
  readonly dataFolder?: string;
  /** Where objects are kept; below the data folder when not given. */
  readonly storageFolder?: string;
  readonly entities?: Options['entities'];
  readonly role?: Config['role'];
}

/** The plugin host of one process, put together by hand. */
export async function openPluginWorld(postgres: TestPostgres, options: PluginWorldOptions) {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'crisol-plugins-')));
  const pluginsFile = join(dataFolder, 'plugins.yaml');
  const listed = options.plugins.map((folder) => ({
    folder,
    required: options.required?.includes(folder) ?? false,
    ...(options.isolated?.includes(folder) ? { isolation: 'isolated' } : {}),
  }));
  await writeFile(pluginsFile, stringify({ plugins: listed }));
  const config = {
    dataFolder,
    pluginsFile,
    role: options.role ?? 'all',
    safeMode: options.safeMode ?? false,
    allowPrivateAddresses: true,
    publicUrl: 'http://localhost:7070',
    databaseUrl: postgres.url,
    // Only these settings matter to plugins and notifications.
  } as Config;
  const entities = [PluginSchema, PluginInstallSchema, ...(options.entities ?? [])];
  const database = await PostgresDatabase.connect({ url: postgres.url, socket: null, poolSize: 8, entities });
  const listener = new PostgresListener(database);
  const events = new PostgresEventBus(database, listener);
  await events.onModuleInit();
  const box = new SecretBox(config);
  const secrets = new PluginSecrets(box);
  const store = new PluginStore(database, events, config);
  const active = new ActivePlugins();
  const storage = new FolderStorage({ folder: options.storageFolder ?? join(dataFolder, 'storage'), minimumFreeRatio: 0 });
  await storage.start();
  const datasets = new DatasetSources();
  const logs = new PluginLogs(database, store);
  const scopes = new ServerPluginScopes(config, database, storage, datasets, logs);
  const runners = new ServerPluginRunners(scopes);
  const audit = new KeptAudit();
  const folders = new PackageFolders(config, database, storage, box);
  const packages = new PackageSwitch(database, store, folders);
  const offline = new OfflineDisables(config, database, audit, store);
  const lifecycle = new PluginLifecycle(config, events, store, secrets, runners, active, packages, offline);
  const sweeper = new PackageSweeper(database, storage, folders);
  const trial = new PackageTrial(runners, secrets);
  const installs = new PluginInstallsService(
    database,
    audit,
    events,
    storage,
    store,
    lifecycle,
    folders,
    packages,
    trial,
    secrets,
    scopes,
    sweeper,
  );
  const users = new PluginUsers();
  const statistics = new PluginStatistics(database, active, store);
  const pages = new PluginPages(database, store, lifecycle, users);
  const changes = new PluginChanges(database, audit, store, lifecycle);
  const removal = new PluginRemoval(database, events, audit, store, changes, users, scopes, sweeper);
  const service = new PluginsService(config, audit, store, lifecycle, active, secrets, changes, users, statistics, pages);
  return {
    config,
    database,
    events,
    secrets,
    datasets,
    active,
    lifecycle,
    audit,
    service,
    removal,
    installs,
    users,
    pages,
    statistics,
    logs,
    storage,
    sweeper,
    start: () => lifecycle.onApplicationBootstrap(),
    states: async () => {
      const { data } = await service.list({ limit: 200 });
      return Object.fromEntries(data.map(({ id, state, code }) => [id, code === null ? state : `${state}: ${code}`]));
    },
    /** Calls the notifier of that name as a room does. */
    send: async (name: string, deadlineMs = 1_000) => {
      const provided = active.notifiers().find(({ notifier }) => notifier.name === name);
      if (!provided) throw new Error(`no notifier ${name}`);
      const { notifier, pluginId } = provided;
      const message = { id: 'dlv_1', type: 'job.finished', at: 0, severity: 'info', title: '', text: '', data: {} } as const;
      return active.call(pluginId, 'send', deadlineMs, (signal) => notifier.send(message, {}, signal));
    },
    enable: (id: string) => service.enable(systemActor, id),
    disable: (id: string) => service.disable(systemActor, id),
    close: async () => {
      await installs.beforeApplicationShutdown();
      await lifecycle.beforeApplicationShutdown();
      await storage.stop();
      await events.onApplicationShutdown();
      await listener.close();
      await database.close();
      if (!options.dataFolder) await rm(dataFolder, { recursive: true, force: true });
    },
  };
}
export type PluginWorld = Awaited<ReturnType<typeof openPluginWorld>>;

export async function makePluginTables(postgres: TestPostgres): Promise<void> {
  // Of the later one only the tables of plugins: the others belong to rooms that are not here.
  const artifacts = tasksAndArtifacts.statements.filter((statement) => statement.includes('plugin_artifact'));
  for (const statement of [...pluginsMigration.statements, ...pluginInstall.statements, ...artifacts]) await postgres.query(statement);
}
