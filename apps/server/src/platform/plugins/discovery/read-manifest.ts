import { PluginManifest, pluginApiVersion } from '@crisol/plugin-api';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { satisfiesRange } from './api-range.js';

const Entry = z.union([z.string(), z.looseObject({ default: z.string().optional(), import: z.string().optional() })]);
const PackageFile = z.looseObject({
  version: z.string().default('0.0.0'),
  description: z.string().default(''),
  main: z.string().optional(),
  exports: z.union([z.string(), z.looseObject({ '.': Entry.optional() })]).optional(),
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
export type ManifestResult =
  | { readonly ok: true; readonly value: PluginPackage }
  | { readonly ok: false; readonly code: 'not_found' | 'bad_manifest'; readonly message: string };

/** Reads the manifest in a plugin's `package.json`. */
export async function readManifest(folder: string): Promise<ManifestResult> {
  const file = join(folder, 'package.json');
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    return error instanceof SyntaxError
      ? { ok: false, code: 'bad_manifest', message: `package.json is not JSON: ${error.message}` }
      : { ok: false, code: 'not_found', message: `There is no package.json in ${folder}.` };
  }
  const parsed = PackageFile.safeParse(content);
  if (!parsed.success) return { ok: false, code: 'bad_manifest', message: `package.json: ${z.prettifyError(parsed.error)}` };
  if (parsed.data.crisol === undefined) return { ok: false, code: 'bad_manifest', message: 'package.json has no "crisol" field.' };
  const manifest = PluginManifest.safeParse(parsed.data.crisol);
  if (!manifest.success)
    return { ok: false, code: 'bad_manifest', message: `"crisol" in package.json: ${z.prettifyError(manifest.error)}` };
  return {
    ok: true,
    value: {
      manifest: manifest.data,
      version: parsed.data.version,
      description: parsed.data.description,
      entry: join(folder, entryOf(parsed.data)),
    },
  };
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
