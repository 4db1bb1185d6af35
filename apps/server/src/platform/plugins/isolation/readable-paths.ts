import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

// Built code runs in the child, also when a test runs the host from its sources.
const here = import.meta.dirname.replace(/([\\/])src([\\/]platform[\\/]plugins[\\/]isolation)$/, '$1dist$2');
export const childProgram = join(here, 'child', 'main.js');
const pluginsFolder = resolve(here, '..');
/** What the child program itself is made of, besides packages. */
const programPaths = [
  here,
  join(pluginsFolder, 'lifecycle', 'load-plugin.js'),
  join(pluginsFolder, 'lifecycle', 'plugin-instance.js'),
  join(pluginsFolder, 'scope', 'background-tasks.js'),
  join(pluginsFolder, 'scope', 'plugin-scope.js'),
  join(pluginsFolder, 'scope', 'plugin-secrets.js'),
  join(pluginsFolder, 'settings', 'parse-settings.js'),
];
const mostPackages = 2_000;
/** Whatever else stands as a dependency could lead out of `node_modules`, and would be readable; npm looks at no peer's name. */
const packageName = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9_~-][a-z0-9._~-]*$/i;
const always = ['@crisol/plugin-api', 'zod'];
const known = new Map<string, Promise<readonly string[]>>();

/** All that a plugin's process may read: its package, the packages that it depends on, and the program that runs it. */
export async function readablePaths(pluginFolder: string): Promise<readonly string[]> {
  const paths = known.get(pluginFolder) ?? gather(pluginFolder);
  known.set(pluginFolder, paths);
  return paths;
}

async function gather(pluginFolder: string): Promise<readonly string[]> {
  const real = await realpath(pluginFolder);
  const found = new Set<string>([pluginFolder]);
  const done = new Set<string>();
  // The program finds the API on its own; the plugin finds it where the manifest may not say so.
  const open = [
    { folder: real, names: [...(await dependenciesOf(real)), ...always] },
    { folder: here, names: always },
  ];
  for (let next = open.pop(); next !== undefined && done.size < mostPackages; next = open.pop()) {
    found.add(next.folder);
    for (const name of next.names) {
      const { looked, installed } = await lookUp(next.folder, join('node_modules', name));
      // Node looks into each folder on the way up, and takes a refusal for an answer.
      for (const path of looked) found.add(path);
      if (!installed) continue;
      const folder = await realpath(installed);
      if (done.has(folder)) continue;
      done.add(folder);
      open.push({ folder, names: await dependenciesOf(folder) });
    }
  }
  return [...programPaths, join(await packageFolder(here), 'package.json'), ...found];
}

async function dependenciesOf(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const file: unknown = JSON.parse(text);
  if (typeof file !== 'object' || file === null) return [];
  return ['dependencies', 'optionalDependencies', 'peerDependencies'].flatMap((field) => {
    const names: unknown = Reflect.get(file, field);
    return typeof names === 'object' && names !== null ? Object.keys(names).filter((name) => packageName.test(name)) : [];
  });
}

async function lookUp(from: string, relative: string): Promise<{ looked: string[]; installed: string | undefined }> {
  const looked: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, relative);
    looked.push(candidate);
    const isThere = await readFile(join(candidate, 'package.json')).then(
      () => true,
      () => false,
    );
    if (isThere || dirname(folder) === folder) return { looked, installed: isThere ? candidate : undefined };
  }
}

/** The nearest folder above with a `package.json`. */
export async function packageFolder(path: string): Promise<string> {
  return (await lookUp(dirname(path), '.')).installed ?? dirname(path);
}
