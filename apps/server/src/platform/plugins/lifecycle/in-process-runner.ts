import type { JsonObject } from '@crisol/contracts';
import type { Plugin } from '@crisol/plugin-api';
import type { z } from 'zod';
import { guardProvided } from '../call-guard/guard-provided.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { resolveRefs, UnknownRefError } from '../scope/plugin-scope.js';
import type { PluginScopes } from '../scope/plugin-scopes.js';
import { formSchema, inWords, parseSettings, secretNames, type SettingsResult } from '../settings/plugin-settings.js';
import { importPlugin, PluginLoadError, setUpPlugin, words } from './load-plugin.js';
import { PluginInstance } from './plugin-instance.js';
import type { LoadedPlugin, PluginRunner } from './plugin-runner.js';

/** Runs plugins in this process: fast, and trusted with everything that the process may do. */
export class InProcessRunner implements PluginRunner {
  constructor(private readonly scopes: PluginScopes) {}

  async load(found: PluginPackage): Promise<LoadedPlugin> {
    return new InProcessPlugin(await importPlugin(found.entry, found.manifest.id), found, this.scopes);
  }
}

class InProcessPlugin implements LoadedPlugin {
  readonly settingsSchema: z.infer<typeof JsonObject>;
  readonly secretNames: ReadonlySet<string>;

  constructor(
    private readonly plugin: Plugin,
    private readonly found: PluginPackage,
    private readonly scopes: PluginScopes,
  ) {
    this.settingsSchema = formSchema(plugin.settings);
    this.secretNames = secretNames(plugin.settings, found.manifest.permissions.secrets);
  }

  async parseSettings(stored: unknown): Promise<SettingsResult> {
    return parseSettings(this.plugin.settings, stored);
  }

  async start(stored: Readonly<Record<string, unknown>>, generation: number): Promise<PluginInstance> {
    const settings = parseSettings(this.plugin.settings, stored);
    if (!settings.ok) throw new PluginLoadError('setup_failed', `The settings do not fit: ${inWords(settings.issues)}`);
    let instance: PluginInstance | undefined;
    const onFault = (error: unknown): void => instance?.fault(`a background task: ${words(error)}`);
    const scope = await this.scopes.open(this.found, settings.value, { onFault });
    try {
      const refs = resolveRefs(this.plugin.uses, scope.parts);
      const provided = guardProvided(setUpPlugin(this.plugin, this.found.manifest.kinds, { ...refs, settings: settings.value }));
      instance = new PluginInstance(this.found, generation, stored, provided, scope);
      scope.start();
      return instance;
    } catch (error) {
      await scope.close();
      throw error instanceof UnknownRefError ? new PluginLoadError('unknown_ref', error.message, error) : error;
    }
  }

  // Node keeps a module for as long as the process lives.
  async unload(): Promise<void> {}
}
