import type { StartPluginInstall } from '@crisol/contracts';
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { NpmFailed, runNpm } from './npm.js';

/** Why there is no tarball to look at. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
  constructor(
    readonly code: 'folder_unknown' | 'npm_missing' | 'npm_failed',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Has npm pack a folder, or fetch a package of a registry, as a tarball.
 * @param target - an empty folder
 * @returns the path of the tarball
 * @throws FetchFailed
 */
export async function fetchTarball(
  source: StartPluginInstall['source'],
  target: string,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  if (source.type === 'folder') await checkFolder(source.path);
  const spec = source.type === 'folder' ? source.path : `${source.name}@${source.version}`;
  onLine(source.type === 'folder' ? `Packing ${source.path}` : `Fetching ${spec}`);
  try {
    await runNpm({
      folder: target,
      args: ['pack', spec, '--pack-destination', target, '--no-workspaces'],
      onLine,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    throw error instanceof NpmFailed ? new FetchFailed(error.code, error.message) : error;
  }
  const file = (await readdir(target)).find((name) => name.endsWith('.tgz'));
  if (file === undefined) throw new FetchFailed('npm_failed', 'npm made no tarball of it.');
  return join(target, file);
}

async function checkFolder(path: string): Promise<void> {
  if (!isAbsolute(path)) throw new FetchFailed('folder_unknown', 'Name the folder by its absolute path on the machine of the server.');
  const found = await stat(join(path, 'package.json')).catch(() => undefined);
  if (!found?.isFile()) throw new FetchFailed('folder_unknown', `There is no package.json in ${path} on the machine of the server.`);
}
