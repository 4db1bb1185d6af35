import type { PluginPackage } from '../discovery/read-manifest.js';
import type { LoadedPlugin, PluginRunner } from '../lifecycle/plugin-runner.js';
import type { PluginScopes } from '../scope/plugin-scopes.js';
import { PluginLoadError } from '../lifecycle/load-plugin.js';

/** Runs each plugin in a process of its own. */
export class IsolatedRunner implements PluginRunner {
  constructor(private readonly scopes: PluginScopes) {}

  async load(found: PluginPackage): Promise<LoadedPlugin> {
    throw new PluginLoadError('import_failed', `${found.manifest.id} cannot run isolated with ${this.scopes.constructor.name}.`);
  }
}
