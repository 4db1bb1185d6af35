import { z } from 'zod';

const Entry = z.union([z.string(), z.looseObject({ default: z.string().optional(), import: z.string().optional() })]);
/** The fields of a plugin's package.json that matter for an install. */
export const PackageFile = z.looseObject({
  name: z.string().default(''),
  version: z.string().default(''),
  main: z.string().optional(),
  exports: z.union([z.string(), z.looseObject({ '.': Entry.optional() })]).optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  scripts: z.record(z.string(), z.string()).default({}),
  crisol: z.unknown().optional(),
});
/** @see PackageFile */
export type PackageFile = z.infer<typeof PackageFile>;

/** The module whose default export is the plugin, relative to the package. */
export function entryOf(file: PackageFile): string {
  const root = typeof file.exports === 'object' ? file.exports['.'] : file.exports;
  const target = typeof root === 'object' ? (root.import ?? root.default) : root;
  return (target ?? file.main ?? 'index.js').replace(/^\.\//, '');
}

/** Every path that package.json names under `exports` and `main`. */
export function namedFiles(file: PackageFile): string[] {
  const found: string[] = file.main === undefined ? [] : [file.main];
  const walk = (value: unknown): void => {
    if (typeof value === 'string' && value.startsWith('./') && !value.includes('*')) found.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk(file.exports);
  return [...new Set([entryOf(file), ...found.map((path) => path.replace(/^\.\//, ''))])];
}
