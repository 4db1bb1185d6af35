import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replacements, type NewPlugin } from './new-plugin.js';
import { packageFile } from './package-file.js';

const root = join(import.meta.dirname, '..');
const template = join(root, 'template');
const vendor = join(root, 'dist', 'vendor');
/** npm leaves a file of this name out of every package, so the template has it without the dot. */
const dotted = new Map([['gitignore', '.gitignore']]);

/** Why nothing was written. */
export class NotWritten extends Error {
  override readonly name = 'NotWritten';
}

/** The packages of Crisol that the scaffolder carries. @throws NotWritten when it was not built */
export async function vendoredPackages(): Promise<string[]> {
  const found = await readdir(vendor).catch(() => []);
  if (found.length === 0) throw new NotWritten(`The packages of Crisol are missing in ${vendor}: build the scaffolder first.`);
  return found.sort();
}

/** Lays the carried packages into a plugin's `vendor/`. */
export async function copyVendor(folder: string): Promise<string[]> {
  const files = await vendoredPackages();
  await mkdir(join(folder, 'vendor'), { recursive: true });
  for (const file of files) await copyFile(join(vendor, file), join(folder, 'vendor', file));
  return files;
}

/**
 * Writes a plugin into a folder that is empty or does not exist.
 * @returns the paths that it wrote, sorted
 * @throws NotWritten
 */
export async function scaffold(plugin: NewPlugin, folder: string, year: number): Promise<string[]> {
  if ((await readdir(folder).catch(() => [])).length > 0) throw new NotWritten(`${folder} is not empty.`);
  const words = replacements(plugin, year);
  const filled = (text: string): string => [...words].reduce((all, [from, to]) => all.replaceAll(from, to), text);
  const written: string[] = [];
  for (const part of ['common', plugin.kind]) {
    for (const path of await filesBelow(join(template, part))) {
      const target = filled(
        path
          .split('/')
          .map((step) => dotted.get(step) ?? step)
          .join('/'),
      );
      await mkdir(dirname(join(folder, target)), { recursive: true });
      await writeFile(join(folder, target), filled(await readFile(join(template, part, path), 'utf8')));
      written.push(target);
    }
  }
  const vendored = await copyVendor(folder);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(packageFile(plugin, vendored), null, 2)}\n`);
  return [...written, 'package.json', ...vendored.map((file) => `vendor/${file}`)].sort();
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}
