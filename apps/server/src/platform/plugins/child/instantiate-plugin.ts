import type { Provided } from '@crisol/plugin-api';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JobContext } from '../../jobs/job-handler.js';
import { readManifest } from '../discovery/read-manifest.js';
import { IsolatedRunner, jobOptions } from '../isolation/isolated-runner.js';
import { InProcessRunner } from '../lifecycle/in-process-runner.js';
import { PluginLoadError } from '../lifecycle/load-plugin.js';
import type { PluginReference } from '../plugin-host.js';
import { JobPluginScopes } from '../scope/job-scopes.js';
import type { TableFiles } from '../scope/table-files.js';
import { countCalls } from './count-calls.js';

/**
 * Makes an instance of a plugin inside a job's child process, where there is no database: the worker is asked for what it
 * keeps. An isolated plugin runs in a process below the job's.
 * @param tables - how tables become files and back; what DuckDB does in the room of the data sets
 */
export async function instantiatePlugin(reference: PluginReference, context: JobContext, tables: TableFiles): Promise<Provided> {
  const read = await readManifest(packageFolder(reference.entry));
  if (!read.ok) throw new PluginLoadError('not_a_plugin', read.message);
  const found = { ...read.value, manifest: { ...read.value.manifest, permissions: reference.permissions } };
  const scopes = new JobPluginScopes(context, tables);
  const runner = reference.isolation === 'isolated' ? new IsolatedRunner(scopes, jobOptions) : new InProcessRunner(scopes);
  const loaded = await runner.load(found);
  const instance = await loaded.start(reference.settings, 0);
  const dispose = async (): Promise<void> => {
    await instance.retire();
    await loaded.unload();
  };
  const provided = countCalls(instance.provided, (call) => scopes.ended(reference.pluginId, call));
  return { ...provided, dispose };
}

function packageFolder(entry: string): string {
  let folder = dirname(entry);
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
