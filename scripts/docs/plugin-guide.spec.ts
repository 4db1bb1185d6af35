import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newPlugin, replacements } from '../../apps/create-crisol-plugin/src/new-plugin.js';
import { packageFile } from '../../apps/create-crisol-plugin/src/package-file.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const guide = join(root, 'docs', 'plugins');
const pages = readdirSync(guide).filter((name) => name.endsWith('.md'));

interface Snippet {
  readonly page: string;
  readonly language: string;
  /** Where the reader puts it; snippets without a file are not code to keep. */
  readonly file: string;
  readonly code: string;
}
/** The fences of a page that name a file: "```ts src/plugin.ts". */
function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(guide, page), 'utf8');
  return [...text.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(([, language = '', file = '', code = '']) => ({
    page: page.replace(/\.md$/, ''),
    language,
    file,
    code,
  }));
}
const snippets = pages.flatMap(snippetsOf);

/** Below the repository, so that packages resolve as they do for its own plugins; the folder is ignored by git. */
let folder: string;
const tool = (...args: readonly string[]) =>
  spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: { PATH: process.env['PATH'] } });

/** What the scaffolder writes, without the packages that it carries: here they are those of the repository. */
function scaffold(kind: string, name: string, target: string): void {
  const plugin = newPlugin(kind, name);
  if (typeof plugin === 'string') throw new Error(plugin);
  const filled = (text: string): string => [...replacements(plugin, 2026)].reduce((all, [from, to]) => all.replaceAll(from, to), text);
  const template = join(root, 'apps', 'create-crisol-plugin', 'template', plugin.kind);
  for (const entry of readdirSync(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    write(join(target, filled(path.slice(template.length))), filled(readFileSync(path, 'utf8')));
  }
  write(join(target, 'package.json'), JSON.stringify(packageFile(plugin, []), null, 2));
}
function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Does what a page tells its reader to do, up to `npm install`. */
function follow(page: string): void {
  const text = readFileSync(join(guide, page), 'utf8');
  const target = join(folder, page.replace(/\.md$/, ''));
  const [, kind, name] = /^\$ npm create crisol-plugin -- --kind (\S+) --name (\S+) --yes$/m.exec(text) ?? [];
  if (kind !== undefined && name !== undefined && page.startsWith('tutorial-')) scaffold(kind, name, target);
  for (const [, file = ''] of text.matchAll(/^\$ rm (\S+)/gm)) rmSync(join(target, file));
  for (const { file, code } of snippetsOf(page)) {
    const [path = '', field] = file.split('#');
    if (field === undefined) write(join(target, path), code);
    else write(join(target, path), JSON.stringify({ ...JSON.parse(readFileSync(join(target, path), 'utf8')), [field]: JSON.parse(code) }));
  }
}

beforeAll(() => {
  mkdirSync(join(root, 'tmp'), { recursive: true });
  folder = mkdtempSync(join(root, 'tmp', 'plugin-guide-'));
  for (const page of pages) follow(page);
  const compilerOptions = { allowImportingTsExtensions: true, verbatimModuleSyntax: true };
  write(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['**/*.ts'] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the guide for plugin authors', () => {
  it('has a tutorial for each kind, with a plugin and its contract spec', () => {
    for (const kind of ['notifier', 'validator', 'feature-store', 'model-type']) {
      const files = snippets.filter(({ page }) => page === `tutorial-${kind}`).map(({ file }) => file);
      expect(files).toEqual(expect.arrayContaining(['src/plugin.ts', expect.stringMatching(/contract-spec\.ts$/)]));
    }
  });

  it('holds code that compiles', () => {
    const { stdout, status } = tool(
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '--noEmit',
      '-p',
      join(folder, 'tsconfig.json'),
    );
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 120_000);

  it('holds tests that pass, the kits of all four kinds among them', () => {
    const specs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /[.-]spec\.ts$/.test(path));
    const { stdout } = tool('--no-warnings', '--test', '--test-reporter=tap', ...specs.map((path) => join(folder, path)));
    const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1]);
    expect({ failed: count('fail'), said: count('fail') === 0 ? '' : stdout }).toEqual({ failed: 0, said: '' });
    expect(specs).toHaveLength(8);
    expect(count('pass')).toBeGreaterThan(80);
  }, 180_000);

  it('makes an ONNX graph that ONNX Runtime runs as the tutorial says', () => {
    const program = `
      import { transformFileSync } from '@swc/core';
      import { writeFileSync } from 'node:fs';
      import { InferenceSession, Tensor } from 'onnxruntime-node';
      const [source, target] = process.argv.slice(1);
      writeFileSync(target, transformFileSync(source, { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }).code);
      const { constantModel } = await import(target);
      const onnx = constantModel([
        { name: 'size', type: 'number', values: new Float64Array(3) },
        { name: 'day', type: 'date', values: new Float64Array(3) },
        { name: 'colour', type: 'text', codes: new Int32Array(3), levels: ['red'] },
      ], 4.5);
      const session = await InferenceSession.create(onnx);
      const { prediction } = await session.run({
        size: new Tensor('float32', new Float32Array(3), [3, 1]),
        day: new Tensor('float64', new Float64Array(3), [3, 1]),
        colour: new Tensor('string', ['red', '', 'blue'], [3, 1]),
      });
      console.log(JSON.stringify({ type: prediction.type, dims: prediction.dims, data: [...prediction.data] }));`;
    const source = join(folder, 'tutorial-model-type', 'src', 'constant-model.ts');
    const { stdout, stderr } = tool('--input-type=module', '-e', program, source, join(folder, 'constant-model.mjs'));
    expect({ stderr, answer: stdout.trim() }).toEqual({ stderr: '', answer: '{"type":"float32","dims":[3,1],"data":[4.5,4.5,4.5]}' });
  }, 60_000);

  it('says of each code of a state what the server says', () => {
    const fixes = readFileSync(join(root, 'apps', 'server', 'src', 'platform', 'plugins', 'plugin-fixes.ts'), 'utf8');
    const said = [...fixes.matchAll(/^ {2}(\w+): '(.*)',$/gm)].map(([, code, fix]) => ({ code, fix }));
    const rows = readFileSync(join(guide, 'reference.md'), 'utf8').matchAll(/^\| `(\w+)` \| [^|]{10,} \| (.+?) +\|$/gm);
    const written = new Map([...rows].map(([, code = '', fix]) => [code, fix]));
    expect(said.length).toBeGreaterThan(10);
    expect(said.map(({ code = '' }) => ({ code, fix: written.get(code) }))).toEqual(said);
  });

  it('links to pages and headings that exist', () => {
    const slug = (heading: string): string =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-');
    const textOf = (path: string): string => readFileSync(join(guide, path), 'utf8').replaceAll(/^```.*?^```$/gms, '');
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([, path = '', anchor]) => {
        const target = path === '' ? page : path;
        try {
          const headings = [...textOf(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));
          return anchor === undefined || headings.includes(anchor) ? [] : [`${page}: ${target}#${anchor}`];
        } catch {
          return [`${page}: ${target}`];
        }
      }),
    );
    expect(broken.filter((one) => !one.endsWith('zoo.md'))).toEqual([]);
  });
});
