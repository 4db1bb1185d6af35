import { lstat, mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { hasCode } from '../has-code.js';

/** Packages of which host and plugin share one copy. */
const shared = ['@crisol/plugin-api', 'zod'] as const;

/** Where the links stand, below the folder that holds `node_modules`. */
export function peerPaths(packageName: string): string[] {
  return shared.flatMap((name) => [`node_modules/${name}`, `node_modules/${packageName}/node_modules/${name}`]);
}

/**
 * Links the host's own copies into an unpacked package: for its own code, unless it brings a zod of its own, and for the
 * packages that came with it.
 * @param modules - the `node_modules` folder that npm filled
 * @param owned - names that the plugin lists among its own dependencies
 */
export async function linkPeers(modules: string, packageName: string, owned: readonly string[]): Promise<void> {
  for (const name of shared) {
    const target = hostFolder(name);
    const besides = join(modules, name);
    if (!(await isPackage(besides))) await link(target, besides);
    if (name === 'zod' && owned.includes(name)) continue;
    await link(target, join(modules, packageName, 'node_modules', name));
  }
}

function hostFolder(name: string): string {
  const file = findPackageJSON(name, import.meta.url);
  if (file === undefined) throw new Error(`The host's own ${name} is not installed.`);
  return dirname(file);
}

/** Processes that share a data folder may do this at the same time; all want the same link. */
async function link(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  await rm(path, { recursive: true, force: true });
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path, 'junction').catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
}

/** Whether npm has laid a package there; a link is ours. */
async function isPackage(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
