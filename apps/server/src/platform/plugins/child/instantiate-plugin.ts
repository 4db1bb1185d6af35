import { PluginError, type PluginKeyValue, type PluginLogger, type Provided } from '@crisol/plugin-api';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readManifest } from '../discovery/read-manifest.js';
import { GuardedHttpClient } from '../http-guard/guarded-http-client.js';
import { importPlugin, PluginLoadError, setUpPlugin } from '../lifecycle/load-plugin.js';
import { inWords, parseSettings } from '../settings/plugin-settings.js';
import { resolveRefs } from '../scope/plugin-scope.js';
import type { PluginReference } from '../plugin-host.js';

/**
 * Makes an instance of a plugin inside a job's child process, where there is no database: `KeyValue` refuses, the
 * `HttpClient` is guarded as in the server, metrics go nowhere.
 */
export async function instantiatePlugin(reference: PluginReference, log: PluginLogger): Promise<Provided> {
  const read = await readManifest(packageFolder(reference.entry));
  if (!read.ok) throw new PluginLoadError('not_a_plugin', read.message);
  const { manifest } = read.value;
  const plugin = await importPlugin(reference.entry, reference.pluginId);
  const settings = parseSettings(plugin.settings, reference.settings);
  if (!settings.ok) throw new PluginLoadError('setup_failed', `The settings do not fit: ${inWords(settings.issues)}`);
  const refs = resolveRefs(plugin.uses, {
    log,
    http: new GuardedHttpClient({ hosts: manifest.permissions.hosts, allowPrivateAddresses: false }),
    keyValue: noKeyValue,
    metrics: { count: () => undefined, observe: () => undefined },
  });
  return setUpPlugin(plugin, manifest.kinds, { ...refs, settings: settings.value });
}

const refuse = (): Promise<never> => Promise.reject(new PluginError('rejected', 'Inside a job there is no key-value store.'));
const noKeyValue: PluginKeyValue = { get: refuse, set: refuse, delete: refuse };

function packageFolder(entry: string): string {
  let folder = dirname(entry);
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
