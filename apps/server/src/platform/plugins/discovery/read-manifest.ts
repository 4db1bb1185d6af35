import { PluginManifest, pluginApiVersion, satisfiesRange } from '@crisol/plugin-api';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Entry = z.union([z.string(), z.looseObject({ default: z.string().optional(), import: z.string().optional() })]);
const Dependencies = z.record(z.string(), z.string()).default({});
const PackageFile = z.looseObject({
  name: z.string().default(''),
  version: z.string().default('0.0.0'),
  description: z.string().default(''),
  main: z.string().optional(),
  exports: z.union([z.string(), z.looseObject({ '.': Entry.optional() })]).optional(),
  dependencies: Dependencies,
  peerDependencies: Dependencies,
  crisol: z.unknown(),
});

/** What is known of a plugin without running any of its code. */
export interface PluginPackage {
  readonly manifest: PluginManifest;
  readonly version: string;
  readonly description: string;
  /** Absolute path of the module whose default export is the plugin. */
  readonly entry: string;
}
/** What a `package.json` says, with the entry relative to it. */
export interface PackageFacts extends PluginPackage {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}
type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: 'not_found' | 'bad_manifest'; readonly message: string };
export type ManifestResult = Result<PluginPackage>;

/** Reads the manifest in a plugin's `package.json`. */
export async function readManifest(folder: string): Promise<ManifestResult> {
  let text: string;
  try {
    text = await readFile(join(folder, 'package.json'), 'utf8');
  } catch {
    return { ok: false, code: 'not_found', message: `There is no package.json in ${folder}.` };
  }
  const parsed = parsePackageFile(text);
  return parsed.ok ? { ok: true, value: { ...parsed.value, entry: join(folder, parsed.value.entry) } } : parsed;
}

/** Reads the text of a `package.json`. */
export function parsePackageFile(text: string): Result<PackageFacts> {
  const refused = (message: string) => ({ ok: false, code: 'bad_manifest', message }) as const;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return refused(`package.json is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = PackageFile.safeParse(content);
  if (!parsed.success) return refused(`package.json: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.crisol === undefined) return refused('package.json has no "crisol" field.');
  const manifest = PluginManifest.safeParse(parsed.data.crisol);
  if (!manifest.success) return refused(`"crisol" in package.json: ${z.prettifyError(manifest.error)}`);
  const { name, version, description, dependencies, peerDependencies } = parsed.data;
  const facts = { name, version, description, dependencies, peerDependencies };
  return { ok: true, value: { ...facts, manifest: manifest.data, entry: entryOf(parsed.data) } };
}

/** Whether this host's plugin API is in the range that the plugin was written for. */
export function isCompatible(manifest: PluginManifest): boolean {
  return satisfiesRange(pluginApiVersion, manifest.api);
}

function entryOf(file: z.infer<typeof PackageFile>): string {
  const root = typeof file.exports === 'object' ? file.exports['.'] : file.exports;
  const target = typeof root === 'object' ? (root.import ?? root.default) : root;
  return target ?? file.main ?? 'index.js';
}
