import { Injectable, Logger } from '@nestjs/common';
import type { Plugin } from '@crisol/plugin-api';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { GuardedHttpClient } from '../http-guard/guarded-http-client.js';
import { pluginLog } from '../scope/plugin-log.js';
import { pluginMetrics } from '../scope/plugin-metrics.js';
import { resolveRefs, UnknownRefError } from '../scope/plugin-scope.js';
import { TableKeyValue } from '../scope/table-key-value.js';
import { PluginLoadError, setUpPlugin } from './load-plugin.js';
import { PluginInstance } from './plugin-instance.js';

/** Settings as stored (for children, which parse them again) and as the schema gave them (for `setup`). */
export interface BuildSettings {
  readonly stored: Readonly<Record<string, unknown>>;
  readonly parsed: Readonly<Record<string, unknown>>;
}

/** Makes an instance of a plugin in a scope of its own. */
@Injectable()
export class PluginBuilder {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
  ) {}

  async build(plugin: Plugin, found: PluginPackage, settings: BuildSettings, generation: number): Promise<PluginInstance> {
    const { id, kinds, permissions } = found.manifest;
    const http = new GuardedHttpClient({ hosts: permissions.hosts, allowPrivateAddresses: this.config.allowPrivateAddresses });
    try {
      const refs = resolveRefs(plugin.uses, {
        log: pluginLog(new Logger(`plugin:${id}`)),
        http,
        keyValue: new TableKeyValue(this.database, id),
        metrics: pluginMetrics(id),
      });
      const provided = setUpPlugin(plugin, kinds, { ...refs, settings: settings.parsed });
      return new PluginInstance(found, generation, settings.stored, provided, () => http.close());
    } catch (error) {
      await http.close();
      throw error instanceof UnknownRefError ? new PluginLoadError('unknown_ref', error.message, error) : error;
    }
  }
}
