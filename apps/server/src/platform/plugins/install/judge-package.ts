import type { PluginInstallProblem } from '@crisol/contracts';
import { pluginApiVersion } from '@crisol/plugin-api';
import { posix } from 'node:path';
import { z } from 'zod';
import { isCompatible, parsePackageFile, type PackageFacts } from '../discovery/read-manifest.js';
import { readTarball, TarballRefused, type TarballListing } from './read-tarball.js';

/** What a tarball says of itself before anything of it is unpacked or run. */
export interface JudgedPackage {
  /** Null when it is no package of a plugin. */
  readonly facts: (PackageFacts & { readonly files: number; readonly readme: string | null }) | null;
  readonly problems: readonly PluginInstallProblem[];
}

const longestReadme = 100_000;
const isReadme = (path: string): boolean => /^readme(\.md|\.markdown|\.txt)?$/i.test(path);
const namePattern = /^(@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/;
const Scripts = z.looseObject({ scripts: z.record(z.string(), z.unknown()).default({}) });
const scriptsOfInstall = ['preinstall', 'install', 'postinstall', 'prepare'];
const Specs = z.looseObject({
  dependencies: z.record(z.string(), z.unknown()).default({}),
  optionalDependencies: z.record(z.string(), z.unknown()).default({}),
});
/** Names that lead to the host's own copies. */
const hostPackages = new Set(['zod', '@crisol/plugin-api']);
/** Words of our own addresses below `/plugins`. */
const reservedIds = new Set(['installs']);

/** Reads a tarball and says what is wrong with it, all at once. */
export async function judgePackage(tarball: string): Promise<JudgedPackage> {
  let listing: TarballListing;
  try {
    listing = await readTarball(tarball, (path) => path === 'package.json' || isReadme(path));
  } catch (error) {
    if (!(error instanceof TarballRefused)) throw error;
    return { facts: null, problems: [refusal(error.code, error.message)] };
  }
  const text = listing.texts.get('package.json');
  if (text === undefined) return { facts: null, problems: [refusal('bad_manifest', 'There is no package.json in it.')] };
  const parsed = parsePackageFile(text);
  if (!parsed.ok) return { facts: null, problems: [refusal(parsed.code, parsed.message)] };
  const readme = [...listing.texts].find(([path]) => isReadme(path))?.[1].slice(0, longestReadme) ?? null;
  const facts = { ...parsed.value, files: listing.files.size, readme };
  return { facts, problems: problemsOf(facts, text, listing) };
}

function problemsOf(facts: PackageFacts, packageFile: string, listing: TarballListing): PluginInstallProblem[] {
  const problems: PluginInstallProblem[] = [];
  const { manifest } = facts;
  if (!namePattern.test(facts.name) || facts.name.length > 214 || hostPackages.has(facts.name))
    problems.push(
      refusal('bad_manifest', `"name" in package.json is no name for a package of a plugin: ${JSON.stringify(facts.name.slice(0, 100))}.`),
    );
  if (!/^\d+\.\d+\.\d+/.test(facts.version)) problems.push(refusal('bad_manifest', '"version" in package.json is missing.'));
  if (reservedIds.has(manifest.id)) problems.push(refusal('id_taken', `The id ${manifest.id} is reserved.`));
  if (!isCompatible(manifest))
    problems.push(refusal('api_range', `It is written for plugin API ${manifest.api}; this host has ${pluginApiVersion}.`));
  const entry = posix.normalize(facts.entry);
  if (entry.startsWith('..') || posix.isAbsolute(entry))
    problems.push(refusal('bad_manifest', `Its entry ${facts.entry} lies outside of the package.`));
  else if (!listing.files.has(entry))
    problems.push(
      refusal(
        'missing_file',
        `package.json names ${entry} as its entry, but the tarball lacks it. Build first, and list it under "files".`,
      ),
    );
  else if (/\.[cm]?ts$/.test(entry))
    problems.push(
      refusal('typescript_entry', `Its entry ${entry} is TypeScript, which Node does not run inside a package. Build it first.`),
    );
  if (Object.hasOwn(facts.dependencies, '@crisol/plugin-api'))
    problems.push(
      refusal(
        'plugin_api_dependency',
        '@crisol/plugin-api stands under "dependencies"; it belongs under "peerDependencies": the host brings it.',
      ),
    );
  problems.push(...foreignDependencies(JSON.parse(packageFile)));
  const scripts = Object.keys(Scripts.parse(JSON.parse(packageFile)).scripts).filter((name) => scriptsOfInstall.includes(name));
  if (scripts.length > 0)
    problems.push(remark('install_scripts', `It has scripts for its install (${scripts.join(', ')}). They never run here.`));
  const addOn = [...listing.files.keys()].find((path) => path.endsWith('.node'));
  if (addOn !== undefined)
    problems.push(remark('native_code', `It holds native code (${addOn}), which does not load while it runs isolated.`));
  return problems;
}

/** A version, a range, a tag, or another package of the registry: nothing that npm would look for at an address or in a folder. */
function isOfRegistry(spec: unknown): boolean {
  return (
    typeof spec === 'string' &&
    /^(npm:(@[a-z0-9._~-]+\/)?[a-z0-9._~-]+(@|$))?[\w\s.^~<>=|*+-]*$/i.test(spec) &&
    !/^\s*\.|\.(tgz|tar|tar\.gz)\s*$/i.test(spec)
  );
}

/** Told before npm runs: it would call any address that stands there. */
function foreignDependencies(packageFile: unknown): PluginInstallProblem[] {
  const { dependencies, optionalDependencies } = Specs.parse(packageFile);
  return Object.entries({ ...dependencies, ...optionalDependencies }).flatMap(([name, spec]) =>
    isOfRegistry(spec) ? [] : [elsewhere(name, String(spec))],
  );
}

function elsewhere(name: string, source: string): PluginInstallProblem {
  return refusal('dependency_source', `It depends on ${name} from ${source.slice(0, 100)}; only packages of a registry are taken.`);
}

const LockFile = z.looseObject({
  packages: z.record(z.string(), Specs.extend({ version: z.string().optional(), resolved: z.string().optional() })).default({}),
});

/** Which packages came along, by npm's lock. Only those of a registry are taken: their bytes are pinned by the lock. */
export function judgeLock(lock: string, packageName: string): { dependencies: string[]; problems: PluginInstallProblem[] } {
  const dependencies: string[] = [];
  const problems: PluginInstallProblem[] = [];
  for (const [path, facts] of Object.entries(LockFile.parse(JSON.parse(lock)).packages)) {
    const { version = '', resolved } = facts;
    const name = path.split('node_modules/').at(-1) ?? '';
    if (path === '' || path === `node_modules/${packageName}`) continue;
    problems.push(...foreignDependencies(facts));
    dependencies.push(`${name}@${version}`);
    if (resolved !== undefined && !resolved.startsWith('https://') && !resolved.startsWith('http://'))
      problems.push(elsewhere(name, resolved.split(':')[0] ?? ''));
  }
  return { dependencies: dependencies.sort(), problems };
}

export function refusal(code: string, message: string): PluginInstallProblem {
  return { code, message, blocking: true };
}

function remark(code: string, message: string): PluginInstallProblem {
  return { code, message, blocking: false };
}
