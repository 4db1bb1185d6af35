import { PluginManifest, pluginApiVersion, satisfiesRange, type Plugin } from '@crisol/plugin-api';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { runCase } from '../contract.js';
import { commonCases, start, type PluginSubject } from '../kits/common.js';
import { runNpm } from './npm-tool.js';
import { entryOf, namedFiles, PackageFile } from './package-file.js';

/** What a package is, or what keeps a server from taking it. */
export interface CheckedPackage {
  readonly name: string;
  readonly version: string;
  readonly manifest: PluginManifest | null;
  readonly files: number;
  /** Each a sentence; none when the server would take it. */
  readonly problems: readonly string[];
  /** What the server lets pass but says. */
  readonly remarks: readonly string[];
}

const NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
/** Those of the shared cases that need no `check` of the other side and no call. */
const STATIC_CASES = [/^brings exactly/, /^gives what it brings/, /^asks in its manifest/, /^has settings/, /^only wires/];
const PackAnswer = z.array(z.object({ files: z.array(z.object({ path: z.string() })) }));
/** Judged by shape, as the host does: a second copy of the API counts too. */
const PluginShape = z.looseObject({
  id: z.string(),
  settings: z.custom<z.ZodType>(),
  uses: z.custom<Plugin['uses']>(),
  setup: z.custom<Plugin['setup']>(),
});

/** Looks at a plugin's folder as a server looks at its package when it is installed, and runs it once on fakes. */
export async function checkPackage(folder: string): Promise<CheckedPackage> {
  const found = await readPackage(folder);
  if (!found.ok) return { name: '', version: '', manifest: null, files: 0, problems: [found.problem], remarks: [] };
  const { file } = found;
  const problems: string[] = [];
  const remarks: string[] = [];
  const manifest = judgeManifest(file, problems);
  const files = await listFiles(folder, problems);
  judgeFiles(file, files, problems, remarks);
  if (manifest && problems.length === 0) await judgeCode(folder, file, manifest, problems, remarks);
  return { name: file.name, version: file.version, manifest, files: files.size, problems, remarks };
}

async function readPackage(folder: string): Promise<{ ok: true; file: PackageFile } | { ok: false; problem: string }> {
  try {
    const parsed = PackageFile.safeParse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
    return parsed.success ? { ok: true, file: parsed.data } : { ok: false, problem: `package.json: ${z.prettifyError(parsed.error)}` };
  } catch (error) {
    return {
      ok: false,
      problem:
        error instanceof SyntaxError ? `package.json is not JSON: ${error.message}` : `There is no package.json in ${resolve(folder)}.`,
    };
  }
}

function judgeManifest(file: PackageFile, problems: string[]): PluginManifest | null {
  if (!NAME.test(file.name) || file.name.length > 214) problems.push(`"name" in package.json is no npm package name: "${file.name}".`);
  if (!/^\d+\.\d+\.\d+/.test(file.version)) problems.push('"version" in package.json is missing or no version such as 1.0.0.');
  if (Object.hasOwn(file.dependencies, '@crisol/plugin-api'))
    problems.push('@crisol/plugin-api stands under "dependencies"; it belongs under "peerDependencies": the host brings it.');
  if (file.crisol === undefined) {
    problems.push('package.json has no "crisol" field, the manifest: id, kinds, api, permissions.');
    return null;
  }
  const manifest = PluginManifest.safeParse(file.crisol);
  if (!manifest.success) {
    problems.push(`"crisol" in package.json: ${z.prettifyError(manifest.error)}`);
    return null;
  }
  if (!satisfiesRange(pluginApiVersion, manifest.data.api))
    problems.push(`It is written for plugin API ${manifest.data.api}; this toolkit has ${pluginApiVersion}.`);
  return manifest.data;
}

/** The files that `npm pack` would put into the tarball. */
async function listFiles(folder: string, problems: string[]): Promise<Set<string>> {
  const { code, stdout, stderr } = await runNpm(['pack', '--dry-run', '--json', '--ignore-scripts', '--no-workspaces'], folder);
  const answer = PackAnswer.safeParse(code === 0 ? parseJson(stdout) : undefined);
  if (answer.success) return new Set(answer.data[0]?.files.map(({ path }) => path));
  problems.push(`npm pack cannot make a tarball of it: ${stderr.trim().split('\n')[0] || `it ended with ${code}`}.`);
  return new Set();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function judgeFiles(file: PackageFile, files: ReadonlySet<string>, problems: string[], remarks: string[]): void {
  if (files.size === 0) return;
  for (const path of namedFiles(file))
    if (!files.has(path)) problems.push(`package.json names ${path}, but the tarball lacks it. Build first, and list it under "files".`);
  if (/\.[cm]?ts$/.test(entryOf(file)))
    problems.push(`Its entry ${entryOf(file)} is TypeScript, which Node does not run inside a package. Build it, and name the .js file.`);
  const scripts = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => Object.hasOwn(file.scripts, name));
  if (scripts.length > 0) remarks.push(`It has scripts for its install (${scripts.join(', ')}). No server ever runs them.`);
  if (![...files].some((path) => /^readme(\.md)?$/i.test(path)))
    remarks.push('There is no README.md in it: the plugin’s page stays empty.');
  const addOn = [...files].find((path) => path.endsWith('.node'));
  if (addOn) remarks.push(`It holds native code (${addOn}), which does not load while it runs isolated.`);
}

async function judgeCode(
  folder: string,
  file: PackageFile,
  manifest: PluginManifest,
  problems: string[],
  remarks: string[],
): Promise<void> {
  const entry = entryOf(file);
  let plugin: Plugin;
  try {
    const module: unknown = await import(pathToFileURL(join(resolve(folder), entry)).href);
    const parsed = PluginShape.safeParse(typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined);
    if (!parsed.success || typeof parsed.data.setup !== 'function')
      return void problems.push(`The default export of ${entry} is no plugin: export default definePlugin({ … }).`);
    plugin = parsed.data;
  } catch (error) {
    return void problems.push(`${entry} cannot be imported: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  }
  const settings = usableSettings(plugin);
  const subject: PluginSubject = { plugin, manifest, settings };
  if (settings === undefined) {
    if (plugin.id !== manifest.id) problems.push(`The code is called ${plugin.id}, the manifest ${manifest.id}.`);
    remarks.push(
      'Its settings have no defaults and no example that fits: it starts as misconfigured until they are set, and was not run here.',
    );
    return;
  }
  for (const one of commonCases(() => Promise.resolve()).filter(({ name }) => STATIC_CASES.some((pattern) => pattern.test(name))))
    await runCase(one, { create: () => subject }).catch((error: unknown) =>
      problems.push(error instanceof Error ? error.message : String(error)),
    );
  if (problems.length === 0) await start(subject).provided.dispose?.();
}

/** The schema's defaults when they are enough, else the first example that fits. */
function usableSettings(plugin: Plugin): unknown {
  if (plugin.settings.safeParse({}).success) return {};
  const document = z.toJSONSchema(plugin.settings, { io: 'input', unrepresentable: 'any' });
  return document.examples?.find((example) => plugin.settings.safeParse(example).success);
}
