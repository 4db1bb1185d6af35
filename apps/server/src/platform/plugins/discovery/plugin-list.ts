import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { PluginIsolation } from '@crisol/contracts';
import { hasCode } from '../has-code.js';

const entry = { required: z.boolean().default(false), isolation: z.enum(['in_process', 'isolated']).default('in_process') };
/** The file that names the plugins. Each entry is a workspace plugin (folder below `plugins/`), a folder, or an installed npm package. */
const PluginList = z.strictObject({
  plugins: z
    .array(
      z.union([
        z.strictObject({ workspace: z.string().regex(/^[a-z0-9-]+$/), ...entry }),
        z.strictObject({ folder: z.string().min(1), ...entry }),
        z.strictObject({ package: z.string().regex(/^(@[a-z0-9._-]+\/)?[a-z0-9._-]+$/), ...entry }),
      ]),
    )
    .default([]),
});

/** Where one plugin is said to be. */
export interface ListedPlugin {
  readonly source: { readonly type: 'workspace' | 'folder' | 'npm'; readonly location: string };
  /** Absolute folder; null when an npm package is not installed. */
  readonly folder: string | null;
  readonly required: boolean;
  /** How it runs unless an operator chose. */
  readonly isolation: PluginIsolation;
}

/** Why the list itself cannot be read; names the file's place and the rule. */
export class PluginListError extends Error {
  override readonly name = 'PluginListError';
}

/**
 * Reads `plugins.yaml`. Relative folders are taken from the file's own folder; workspace plugins from the nearest `plugins`
 * folder above it. A missing file means no plugins.
 */
export async function readPluginList(file: string): Promise<ListedPlugin[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  });
  const list = PluginList.safeParse(parseYaml(text, file) ?? {});
  if (!list.success) throw new PluginListError(`${file} is not a list of plugins: ${z.prettifyError(list.error)}`);
  const base = dirname(file);
  return list.data.plugins.map((item) => {
    if ('workspace' in item) {
      return {
        source: { type: 'workspace', location: `plugins/${item.workspace}` },
        folder: climb(base, join('plugins', item.workspace)) ?? resolve(base, '..', 'plugins', item.workspace),
        required: item.required,
        isolation: item.isolation,
      };
    }
    if ('folder' in item) {
      const folder = isAbsolute(item.folder) ? item.folder : resolve(base, item.folder);
      return { source: { type: 'folder', location: item.folder }, folder, required: item.required, isolation: item.isolation };
    }
    return {
      source: { type: 'npm', location: item.package },
      folder: climb(base, join('node_modules', item.package)) ?? null,
      required: item.required,
      isolation: item.isolation,
    };
  });
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) throw new PluginListError(`${file} is not YAML: ${error.message}`, { cause: error });
    throw error;
  }
}

function climb(from: string, relative: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, relative);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}
