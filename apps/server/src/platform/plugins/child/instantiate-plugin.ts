import { PluginError, type PluginLogger, type Provided } from '@crisol/plugin-api';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readManifest, type PluginPackage } from '../discovery/read-manifest.js';
import { GuardedHttpClient } from '../http-guard/guarded-http-client.js';
import { IsolatedRunner } from '../isolation/isolated-runner.js';
import { InProcessRunner } from '../lifecycle/in-process-runner.js';
import { PluginLoadError } from '../lifecycle/load-plugin.js';
import type { PluginReference } from '../plugin-host.js';
import { BackgroundTasks } from '../scope/background-tasks.js';
import { noCommands, type PluginScope } from '../scope/plugin-scope.js';
import { PluginScopes, type ScopeOptions } from '../scope/plugin-scopes.js';
import { declaredSecrets } from '../scope/plugin-secrets.js';

/**
 * Makes an instance of a plugin inside a job's child process, where there is no database: `KeyValue` refuses, the
 * `HttpClient` is guarded as in the server, metrics go nowhere. An isolated plugin runs in a process below the job's.
 */
export async function instantiatePlugin(reference: PluginReference, log: PluginLogger): Promise<Provided> {
  const read = await readManifest(packageFolder(reference.entry));
  if (!read.ok) throw new PluginLoadError('not_a_plugin', read.message);
  const found = { ...read.value, manifest: { ...read.value.manifest, permissions: reference.permissions } };
  const scopes = new JobPluginScopes(log);
  const runner = reference.isolation === 'isolated' ? new IsolatedRunner(scopes) : new InProcessRunner(scopes);
  const loaded = await runner.load(found);
  const instance = await loaded.start(reference.settings, 0);
  const dispose = async (): Promise<void> => {
    await instance.retire();
    await loaded.unload();
  };
  return { ...instance.provided, dispose };
}

/** The scope of a plugin inside a job. */
class JobPluginScopes extends PluginScopes {
  constructor(private readonly log: PluginLogger) {
    super();
  }

  async open(found: PluginPackage, settings: Readonly<Record<string, unknown>>, { onFault }: ScopeOptions = {}): Promise<PluginScope> {
    const { permissions } = found.manifest;
    const http = new GuardedHttpClient({ hosts: permissions.hosts, allowPrivateAddresses: false });
    const background = new BackgroundTasks((_task, error) => onFault?.(error));
    return {
      parts: {
        log: this.log,
        http,
        keyValue: { get: refuse, set: refuse, delete: refuse },
        metrics: { count: () => undefined, observe: () => undefined },
        secrets: declaredSecrets(permissions.secrets, settings),
        artifacts: { put: refuse, get: refuse, list: refuse, delete: refuse },
        datasets: { list: refuse, read: refuse },
        commands: noCommands('Commands cannot be run here.'),
        database: { query: refuse },
        background,
      },
      start: () => background.start(),
      end: () => background.end(),
      close: () => http.close(),
    };
  }
}

const refuse = (): Promise<never> => Promise.reject(new PluginError('rejected', 'Inside a job there is no key-value store.'));

function packageFolder(entry: string): string {
  let folder = dirname(entry);
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
