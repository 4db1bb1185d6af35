import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --no-warnings' },
  });

beforeAll(() => {
  mkdirSync(join(root, 'tmp'), { recursive: true });
  folder = mkdtempSync(join(root, 'tmp', 'plugin-guide-'));
  for (const { page, file, code } of snippets) {
    const path = join(folder, page, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
  }
  const jest = `import base from '../../jest.config.mjs';
const [{ transform, ...unit }] = base.projects;
export default { ...unit, transform, displayName: 'guide', rootDir: import.meta.dirname, testMatch: ['<rootDir>/**/*-spec.ts', '<rootDir>/**/*.spec.ts'] };
`;
  writeFileSync(join(folder, 'jest.config.mjs'), jest);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.base.json', include: ['**/*.ts'] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the guide for plugin authors', () => {
  it('has a tutorial for each kind, with a plugin and its contract spec', () => {
    for (const kind of ['notifier', 'validator', 'feature-store', 'model-type']) {
      const files = snippets.filter(({ page }) => page === `tutorial-${kind}`).map(({ file }) => file);
      expect(files).toEqual(expect.arrayContaining(['package.json', 'src/plugin.ts', expect.stringMatching(/contract-spec\.ts$/)]));
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
    const report = join(folder, 'report.json');
    const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const { stderr } = tool(jest, '--config', join(folder, 'jest.config.mjs'), '--json', '--outputFile', report, '--ci');
    const { numFailedTests, numPassedTests, numTotalTestSuites, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    expect({ numFailedTests, numFailedTestSuites, stderr: numFailedTests + numFailedTestSuites > 0 ? stderr : '' }).toEqual({
      numFailedTests: 0,
      numFailedTestSuites: 0,
      stderr: '',
    });
    expect(numTotalTestSuites).toBe(snippets.filter(({ file }) => /[.-]spec\.ts$/.test(file)).length);
    expect(numPassedTests).toBeGreaterThan(60);
  }, 180_000);

  it('makes an ONNX graph that ONNX Runtime runs as the tutorial says', () => {
    const program = `
      import { transformFileSync } from '@swc/core';
      import { writeFileSync } from 'node:fs';
      import { InferenceSession, Tensor } from 'onnxruntime-node';
      const [source, target] = process.argv.slice(1);
      writeFileSync(target, transformFileSync(source, { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }).code);
      const { constantGraph } = await import(target);
      const onnx = constantGraph([
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
    const source = join(folder, 'tutorial-model-type', 'src', 'constant-graph.ts');
    const { stdout, stderr } = tool('--input-type=module', '-e', program, source, join(folder, 'constant-graph.mjs'));
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
