import type { Plugin, Provided } from '@crisol/plugin-api';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { listProvided } from './plugin-instance.js';

const IMPORT_MS = 10_000;

/** Why a plugin could not be brought up: a stable code and words for the operator. */
export class PluginLoadError extends Error {
  override readonly name = 'PluginLoadError';
  constructor(
    readonly code: 'import_failed' | 'not_a_plugin' | 'wrong_id' | 'setup_failed' | 'provides_wrong' | 'unknown_ref' | 'secrets_unreadable',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

const isSchema = (value: unknown): value is z.ZodType =>
  typeof value === 'object' && value !== null && 'safeParse' in value && typeof value.safeParse === 'function';
const isFunction = (value: unknown): boolean => typeof value === 'function';
const schema = z.custom<z.ZodType>(isSchema, 'must be a zod schema');
const method = z.custom<() => unknown>(isFunction, 'must be a function');
const PluginShape = z.looseObject({
  id: z.string(),
  settings: schema,
  uses: z.record(z.string(), z.looseObject({ id: z.string() })),
  setup: method,
});

const named = { name: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be kebab-case'), title: z.string().min(1) };
const checkType = z.looseObject({ type: z.string().min(1), title: z.string(), description: z.string(), kwargs: schema });
const ProvidedShape = z.looseObject({
  modelTypes: z
    .array(
      z.looseObject({
        ...named,
        tasks: z.array(z.enum(['regression', 'binary', 'multiclass', 'anomaly', 'clustering'])),
        params: schema,
        train: method,
      }),
    )
    .optional(),
  featureStores: z.array(z.looseObject({ ...named, listViews: method, readOnline: method, readAsOf: method })).optional(),
  validators: z.array(z.looseObject({ ...named, checkTypes: z.array(checkType), validate: method })).optional(),
  notifiers: z.array(z.looseObject({ ...named, target: schema, send: method })).optional(),
  check: method.optional(),
  dispose: method.optional(),
});

/** Imports a plugin's module and checks the shape of its default export. */
export async function importPlugin(entry: string, id: string): Promise<Plugin> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PluginLoadError('import_failed', `${entry} did not load within 10 s.`)), IMPORT_MS);
  });
  let module: Record<string, unknown>;
  try {
    module = await Promise.race([import(pathToFileURL(entry).href), late]);
  } catch (error) {
    if (error instanceof PluginLoadError) throw error;
    throw new PluginLoadError('import_failed', `${entry} could not be loaded: ${words(error)}`, error);
  } finally {
    clearTimeout(timer);
  }
  const plugin = module['default'];
  const shape = PluginShape.safeParse(plugin);
  if (!shape.success) {
    throw new PluginLoadError(
      'not_a_plugin',
      `The default export of ${entry} is not what definePlugin gives: ${z.prettifyError(shape.error)}`,
    );
  }
  if (shape.data.id !== id) throw new PluginLoadError('wrong_id', `The code calls itself ${shape.data.id}, the manifest ${id}.`);
  // The shape was checked a line above; zod's output type cannot say Plugin.
  return plugin as Plugin;
}

/** Runs `setup` and checks what it gave against the kinds that the manifest declares. */
export function setUpPlugin(plugin: Plugin, kinds: readonly string[], context: Readonly<Record<string, unknown>>): Provided {
  let provided: Provided;
  try {
    provided = plugin.setup(context);
  } catch (error) {
    throw new PluginLoadError('setup_failed', `setup failed: ${words(error)}`, error);
  }
  const shape = ProvidedShape.safeParse(provided);
  if (!shape.success) throw new PluginLoadError('provides_wrong', `setup gave something else: ${z.prettifyError(shape.error)}`);
  const found = new Set<string>(listProvided(provided).map(({ kind }) => kind));
  const missing = kinds.filter((kind) => !found.has(kind));
  const extra = [...found].filter((kind) => !kinds.includes(kind));
  if (missing.length > 0) throw new PluginLoadError('provides_wrong', `The manifest declares ${missing.join(', ')}, setup gives none.`);
  if (extra.length > 0)
    throw new PluginLoadError('provides_wrong', `setup gives ${extra.join(', ')}, which the manifest does not declare.`);
  return provided;
}

/** What was thrown, in words; anything may be thrown. */
export function words(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
