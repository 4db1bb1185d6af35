import { pluginApiVersion } from '@crisol/plugin-api';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { apiRange, crisolPackages } from '../package-file.js';
import { copyVendor, NotWritten } from '../scaffold.js';
import { applyCodemods, type Codemod, type CodemodResult } from './codemod.js';

const PluginPackage = z.looseObject({
  crisol: z.looseObject({ api: z.string() }),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
const Fields = z.record(z.string(), z.unknown());
const majorOf = (range: string): number => Number(/\d+/.exec(range)?.[0] ?? '0');

/** What an upgrade did. */
export interface Upgraded {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly CodemodResult[];
}

/**
 * Brings the plugin in a folder to this version of the API: its manifest's range, the packages of Crisol that it is built
 * with, and, for a new major, its code.
 * @throws NotWritten when there is no plugin
 */
export async function upgrade(folder: string, codemods: readonly Codemod[]): Promise<Upgraded> {
  const file = join(folder, 'package.json');
  const content = parse(await readFile(file, 'utf8').catch(() => ''));
  const found = PluginPackage.safeParse(content);
  if (!found.success) throw new NotWritten(`There is no plugin in ${folder}: package.json has no field "crisol" with a range "api".`);
  const { data } = found;
  const sources = await readSources(join(folder, 'src'));
  const before = new Map(sources);
  const steps = applyCodemods(codemods, sources, majorOf(data.crisol.api), majorOf(pluginApiVersion));
  for (const [path, text] of sources) if (before.get(path) !== text) await writeFile(join(folder, 'src', path), text);
  const kept = await readdir(join(folder, 'vendor')).catch(() => []);
  for (const old of kept.filter((name) => /^crisol-.*\.tgz$/.test(name))) await rm(join(folder, 'vendor', old));
  const { peerDependencies, devDependencies } = crisolPackages(await copyVendor(folder));
  // The parsed package would have its fields in another order.
  const fields = Fields.parse(content);
  const upgraded = {
    ...fields,
    crisol: { ...Fields.parse(fields['crisol']), api: apiRange },
    peerDependencies: { ...data.peerDependencies, ...peerDependencies },
    devDependencies: { ...data.devDependencies, ...devDependencies },
  };
  await writeFile(file, `${JSON.stringify(upgraded, null, 2)}\n`);
  return { from: data.crisol.api, to: apiRange, steps };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readSources(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile() || !/\.[cm]?[jt]s$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1).replaceAll('\\', '/'), await readFile(path, 'utf8'));
  }
  return files;
}
