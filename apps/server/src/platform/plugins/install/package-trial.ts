import { Injectable } from '@nestjs/common';
import { JsonObject, type PluginIsolation, type PluginSettings } from '@crisol/contracts';
import { problem } from '../../http/problem.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { PluginLoadError } from '../lifecycle/load-plugin.js';
import { PluginRunners, type LoadedPlugin } from '../lifecycle/plugin-runner.js';
import type { PluginRow } from '../plugin.entity.js';
import { inWords, splitSecrets } from '../settings/plugin-settings.js';
import { PluginSecrets } from '../settings/plugin-secrets.js';

const CHECK_MS = 10_000;

export interface TrialRequest {
  readonly found: PluginPackage;
  readonly isolation: PluginIsolation;
  /** The row whose settings it gets; null for a plugin that is new. */
  readonly row: PluginRow | null;
  /** New settings in their place. */
  readonly settings: PluginSettings | undefined;
  readonly generation: number;
}
export interface NewSettings {
  readonly open: PluginRow['settings'];
  readonly secrets: Readonly<Record<string, string>>;
}

/** Runs a package beside what runs already, gives it the settings, asks it whether all is well, and ends it again. */
@Injectable()
export class PackageTrial {
  constructor(
    private readonly runners: PluginRunners,
    private readonly secrets: PluginSecrets,
  ) {}

  /**
   * @returns the settings that it fits
   * @throws PluginLoadError when it does not run
   */
  async run(request: TrialRequest): Promise<NewSettings> {
    const loaded = await this.runners.of(request.isolation).load(request.found);
    try {
      const settings = await this.fit(loaded, request);
      await this.start(loaded, settings, request.generation);
      return settings;
    } finally {
      await loaded.unload();
    }
  }

  /** The settings for a plugin that has not run before: its code is loaded to know which are secrets, and not started. */
  async fitOnly(request: TrialRequest): Promise<NewSettings> {
    const loaded = await this.runners.of(request.isolation).load(request.found);
    try {
      return await this.fit(loaded, request);
    } finally {
      await loaded.unload();
    }
  }

  private async fit(loaded: LoadedPlugin, { row, settings, found }: TrialRequest): Promise<NewSettings> {
    const kept = row ? this.secrets.open(row.id, row.secrets) : {};
    const next = settings === undefined ? undefined : splitSecrets(JsonObject.parse(settings), loaded.secretNames, kept);
    const { open, secrets } = next ?? { open: row?.settings ?? {}, secrets: kept };
    const parsed = await loaded.parseSettings({ ...open, ...secrets });
    if (parsed.ok) return { open, secrets };
    if (settings !== undefined) throw problem('plugin_settings_invalid', { detail: inWords(parsed.issues), errors: parsed.issues });
    throw new PluginLoadError(
      'setup_failed',
      `The settings of the former version do not fit version ${found.version}: ${inWords(parsed.issues)}. Send "settings" with the confirmation.`,
    );
  }

  private async start(loaded: LoadedPlugin, { open, secrets }: NewSettings, generation: number): Promise<void> {
    const instance = await loaded.start({ ...open, ...secrets }, generation);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new PluginLoadError('setup_failed', 'Its check did not answer within 10 s.')), CHECK_MS);
    try {
      const checked = instance.provided.check?.(AbortSignal.timeout(CHECK_MS));
      if (checked) await Promise.race([checked, late.promise]);
    } catch (error) {
      if (error instanceof PluginLoadError) throw error;
      throw new PluginLoadError('setup_failed', `Its check failed: ${error instanceof Error ? error.message : String(error)}`, error);
    } finally {
      clearTimeout(timer);
      await instance.retire(0);
    }
  }
}
