import { Injectable } from '@nestjs/common';
import { Counter, register } from 'prom-client';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { EmbeddedPostgres } from '../../database/embedded-postgres.js';
import { OwnSchema } from '../../database/own-schema.js';
import { ObjectStorage } from '../../storage/object-storage.port.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { GuardedHttpClient } from '../http-guard/guarded-http-client.js';
import { PluginLogs } from '../page/plugin-logs.js';
import { BackgroundTasks } from './background-tasks.js';
import { DatasetSources } from './dataset-source.js';
import { permittedDatasets } from './plugin-datasets.js';
import { pluginLog } from './plugin-log.js';
import { pluginMetrics } from './plugin-metrics.js';
import { noCommands, noOwnSchema, type PluginScope } from './plugin-scope.js';
import { declaredSecrets } from './plugin-secrets.js';
import { StoredArtifacts } from './stored-artifacts.js';
import { TableKeyValue } from './table-key-value.js';

const faultsName = 'crisol_plugin_background_faults_total';
const faults =
  // The registry's type does not know which class stands behind a name; this one is only made here.
  (register.getSingleMetric(faultsName) as Counter | undefined) ??
  new Counter({ name: faultsName, help: 'Background tasks of plugins that threw', labelNames: ['plugin'] });

export interface ScopeOptions {
  /** A schema in the database is for plugins that run in process only. */
  readonly isIsolated?: boolean;
  /** Told of each background task that threw, after it has been logged. */
  readonly onFault?: (error: unknown) => void;
}

/** Makes the scopes of plugins. */
export abstract class PluginScopes {
  /** @param settings - secrets in clear among them */
  abstract open(found: PluginPackage, settings: Readonly<Record<string, unknown>>, options?: ScopeOptions): Promise<PluginScope>;
}

/** Makes the scopes of plugins in the server and its workers, outside of jobs. */
@Injectable()
export class ServerPluginScopes extends PluginScopes {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly datasets: DatasetSources,
    private readonly logs: PluginLogs,
  ) {
    super();
  }

  async open(
    found: PluginPackage,
    settings: Readonly<Record<string, unknown>>,
    { isIsolated = false, onFault }: ScopeOptions = {},
  ): Promise<PluginScope> {
    const { id, permissions } = found.manifest;
    const logger = this.logs.sink(id);
    const http = new GuardedHttpClient({ hosts: permissions.hosts, allowPrivateAddresses: this.config.allowPrivateAddresses });
    const schema = permissions.database && !isIsolated ? this.schema(id) : undefined;
    const background = new BackgroundTasks((task, error) => {
      logger.error(`The background task ${task} failed`, error);
      faults.inc({ plugin: id });
      onFault?.(error);
    });
    return {
      parts: {
        log: pluginLog(logger),
        http,
        keyValue: new TableKeyValue(this.database, id),
        metrics: pluginMetrics(id),
        secrets: declaredSecrets(permissions.secrets, settings),
        artifacts: new StoredArtifacts(this.database, this.storage, id),
        datasets: permittedDatasets(permissions.datasets, () => this.datasets.source),
        commands: noCommands('Commands run inside jobs only, such as a training.'),
        database: schema ?? noOwnSchema(noSchemaReason(permissions.database)),
        background,
      },
      start: () => background.start(),
      end: () => background.end(),
      close: async () => {
        await http.close();
        await schema?.close();
      },
    };
  }

  /** Removes what a plugin kept: values, files, its schema. Nothing of it may run any more. */
  async forget(pluginId: string): Promise<void> {
    await this.database.transaction((em) => em.execute('delete from plugin_value where plugin_id = ?', [pluginId]));
    await new StoredArtifacts(this.database, this.storage, pluginId).clear();
    const schema = this.schema(pluginId);
    await schema.drop().finally(() => schema.close());
  }

  private schema(pluginId: string): OwnSchema {
    const { databaseUrl, dataFolder } = this.config;
    const connection = databaseUrl === null ? new EmbeddedPostgres(dataFolder).connection : { connectionString: databaseUrl };
    return new OwnSchema(connection, pluginId);
  }
}

function noSchemaReason(isDeclared: boolean): string {
  return isDeclared
    ? 'A schema of its own is for plugins that run in process; this one runs isolated.'
    : 'The manifest does not ask for permissions.database.';
}
