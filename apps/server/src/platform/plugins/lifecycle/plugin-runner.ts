import type { JsonObject, PluginIsolation } from '@crisol/contracts';
import type { z } from 'zod';
import type { PluginPackage } from '../discovery/read-manifest.js';
import type { SettingsResult } from '../settings/plugin-settings.js';
import type { PluginInstance } from './plugin-instance.js';

/** A plugin whose code has been loaded; instances are made from it. */
export interface LoadedPlugin {
  /** The form: JSON Schema with the hints under `x-ui`. */
  readonly settingsSchema: z.infer<typeof JsonObject>;
  /** Names of the settings that are secrets: by schema and by the manifest. */
  readonly secretNames: ReadonlySet<string>;
  /** Checks stored settings by the plugin's own schema; issues carry JSON pointers. */
  parseSettings(stored: unknown): Promise<SettingsResult>;
  /**
   * Makes an instance. The settings are parsed once more.
   * @param stored - settings as stored, secrets in clear among them
   * @throws PluginLoadError when it cannot be made
   */
  start(stored: Readonly<Record<string, unknown>>, generation: number): Promise<PluginInstance>;
  /** Gives back what loading took; instances that were started go on until they are retired. */
  unload(): Promise<void>;
}

/** One way to run plugins. */
export interface PluginRunner {
  /** @throws PluginLoadError when the code cannot be loaded */
  load(found: PluginPackage): Promise<LoadedPlugin>;
}

/** The ways by name; the row's `isolation` says which one a plugin takes. */
export abstract class PluginRunners {
  abstract of(isolation: PluginIsolation): PluginRunner;
}
