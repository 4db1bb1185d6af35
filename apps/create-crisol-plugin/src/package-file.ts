import { pluginApiVersion } from '@crisol/plugin-api';
import type { Kind, NewPlugin } from './new-plugin.js';

/** Versions that a new plugin is written with. */
const tools = { typescript: '6.0.3', '@types/node': '24.10.1', zod: '4.6.7' } as const;
const permissions: Readonly<Record<Kind, object>> = {
  'model-type': {},
  'feature-store': {},
  validator: {},
  notifier: { hosts: ['*'], secrets: ['token'] },
};

/** The range of this API version, as a manifest names it. */
export const apiRange = `^${pluginApiVersion.split('.').slice(0, 2).join('.')}`;

/** The parts of package.json that follow the version of the API: a new plugin gets them, and an upgrade renews them. */
export function crisolPackages(vendored: readonly string[]): {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
} {
  const files = Object.fromEntries(
    vendored.flatMap((file) => {
      const name = /^crisol-(.+)-\d+\.\d+\.\d+.*\.tgz$/.exec(file)?.[1];
      return name ? [[`@crisol/${name}`, `file:vendor/${file}`]] : [];
    }),
  );
  return { peerDependencies: { '@crisol/plugin-api': `^${pluginApiVersion}`, zod: '^4.0.0' }, devDependencies: { ...files, ...tools } };
}

/** The package.json of a new plugin. */
export function packageFile({ kind, id, packageName }: NewPlugin, vendored: readonly string[]): object {
  return {
    name: packageName,
    version: '0.1.0',
    description: `A ${kind.replace('-', ' ')} for Crisol`,
    license: 'MIT',
    type: 'module',
    exports: { '.': './dist/plugin.js' },
    files: ['dist', 'README.md', 'LICENSE'],
    keywords: ['crisol-plugin'],
    crisol: { id, kinds: [kind], api: apiRange, permissions: permissions[kind] },
    engines: { node: '>=22.18' },
    scripts: {
      dev: 'crisol-plugin dev',
      build: 'tsc -p tsconfig.build.json',
      typecheck: 'tsc -p tsconfig.json',
      test: 'node --test "src/**/*spec.ts"',
      check: 'npm run build && crisol-plugin check',
      pack: 'npm run build && crisol-plugin pack',
    },
    ...crisolPackages(vendored),
  };
}
