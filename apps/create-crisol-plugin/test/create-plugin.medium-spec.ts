import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds } from '../src/new-plugin.js';
import { create, createAsked, npm, outsideFolder, run } from './made-plugin.js';

let outside: Awaited<ReturnType<typeof outsideFolder>>;
beforeAll(async () => {
  outside = await outsideFolder();
});
afterAll(() => outside.remove());

const folderOf = (kind: string): string => join(outside.path, `${kind}-shop`);
/** Changes package.json for one look, and puts it back. */
async function withPackage(folder: string, change: (file: Record<string, unknown>) => object, look: () => Promise<void>): Promise<void> {
  const file = join(folder, 'package.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify(change(JSON.parse(text))));
  await look().finally(() => writeFile(file, text));
}

describe('a plugin that the scaffolder made', () => {
  it.each(kinds)(
    'is a %s that installs, type-checks, passes its tests, builds, and that a server would take',
    async (kind) => {
      expect((await create(outside.path, '--kind', kind, '--name', 'shop', '--yes')).output).toContain(`✓ ${kind}-shop: `);
      const folder = folderOf(kind);
      await npm(folder, 'install', '--ignore-scripts', '--no-audit', '--no-fund');
      await npm(folder, 'run', 'typecheck');
      expect(await npm(folder, 'test')).toMatch(/fail 0/);
      expect(await npm(folder, 'run', 'pack')).toContain(`crisol-${kind}-shop 0.1.0: ${kind} for plugin API ^1.1`);
      expect(await readdir(folder)).toContain(`crisol-${kind}-shop-0.1.0.tgz`);
      // Nothing of the template is left unfilled.
      for (const name of await readdir(join(folder, 'src')))
        expect(await readFile(join(folder, 'src', name), 'utf8')).not.toMatch(/__[A-Z]+__/);
    },
    120_000,
  );

  it('comes from two answers, when nothing was given', async () => {
    const { code, output } = await createAsked(outside.path, 'validator\nasked-for\n');
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('✓ validator-asked-for: 14 files') });
    expect(await createAsked(outside.path, 'validator\n')).toMatchObject({
      code: 2,
      output: expect.stringContaining('There was no answer'),
    });
  });

  it('is not written over a folder that holds something', async () => {
    expect(await create(outside.path, '--kind', 'notifier', '--name', 'shop', '--yes')).toMatchObject({
      code: 2,
      output: expect.stringMatching(/^✗ .*notifier-shop is not empty\./),
    });
  });

  it('comes to the newest API by --upgrade: range, peers and the packages that it carries', async () => {
    const folder = folderOf('notifier');
    const file = join(folder, 'package.json');
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text.replace('"api": "^1.1"', '"api": "^1.0"').replace('"@crisol/plugin-api": "^1.1.0"', '"@crisol/plugin-api": "^1.0.0"'),
    );
    await rename(join(folder, 'vendor/crisol-plugin-api-1.1.0.tgz'), join(folder, 'vendor/crisol-plugin-api-1.0.0.tgz'));

    const { code, output } = await create(folder, '--upgrade');

    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Plugin API ^1.0 → ^1.1') });
    expect(output).toContain('Nothing else to do.');
    expect(await readFile(file, 'utf8')).toBe(text);
    expect((await readdir(join(folder, 'vendor'))).filter((name) => name.includes('plugin-api'))).toEqual(['crisol-plugin-api-1.1.0.tgz']);
  });

  it('says so where there is no plugin to upgrade', async () => {
    expect(await create(outside.path, '--upgrade')).toMatchObject({ code: 2, output: expect.stringMatching(/^✗ There is no plugin in /) });
  });
});

describe('crisol-plugin check', () => {
  // The script of the package would build first, and mend what these tests break.
  const check = (folder: string) => run('npm', ['exec', '--offline', '--', 'crisol-plugin', 'check'], folder);

  it.each([
    ['a missing manifest', { crisol: undefined }, 'package.json has no "crisol" field'],
    ['an unknown kind', { crisol: { id: 'notifier-shop', kinds: ['chat'], api: '^1.1' } }, '"crisol" in package.json:'],
    [
      'a range of another major',
      { crisol: { id: 'notifier-shop', kinds: ['notifier'], api: '^2.0', permissions: { hosts: ['*'], secrets: [] } } },
      'It is written for plugin API ^2.0; this toolkit has 1.1.0.',
    ],
    [
      'a host that the manifest hides',
      { crisol: { id: 'notifier-shop', kinds: ['notifier'], api: '^1.1', permissions: {} } },
      'The code uses crisol.http-client, but permissions.hosts names no host in the manifest: every call would be refused.',
    ],
    [
      'another id than that of the code',
      { crisol: { id: 'notifier-other', kinds: ['notifier'], api: '^1.1', permissions: { hosts: ['*'] } } },
      'The code is called notifier-shop, the manifest notifier-other.',
    ],
    ['the API as a dependency', { dependencies: { '@crisol/plugin-api': '^1.1.0' } }, '@crisol/plugin-api stands under "dependencies"'],
    ['an entry that the tarball lacks', { exports: './dist/nowhere.js' }, 'package.json names dist/nowhere.js, but the tarball lacks it.'],
    ['files that leave the build out', { files: ['README.md'] }, 'package.json names dist/plugin.js, but the tarball lacks it.'],
    ['a TypeScript entry', { exports: './src/plugin.ts', files: ['src'] }, 'is TypeScript, which Node does not run inside a package.'],
    ['a package name with capitals', { name: 'Shop' }, '"name" in package.json is no npm package name: "Shop".'],
  ])(
    'refuses %s in a sentence',
    async (_what, changes, sentence) => {
      const folder = folderOf('notifier');
      await withPackage(
        folder,
        (file) => ({ ...file, ...changes }),
        async () => {
          const { code, output } = await check(folder);
          expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(sentence) });
        },
      );
    },
    30_000,
  );

  it('refuses an entry that cannot be imported, and one that exports no plugin', async () => {
    const entry = join(folderOf('notifier'), 'dist/plugin.js');
    const code = await readFile(entry, 'utf8');
    for (const [broken, sentence] of [
      ['throw new TypeError("no luck");', 'dist/plugin.js cannot be imported: TypeError: no luck'],
      ['export const plugin = 1;', 'The default export of dist/plugin.js is no plugin: export default definePlugin({ … }).'],
    ] as const) {
      await writeFile(entry, broken);
      expect(await check(folderOf('notifier'))).toMatchObject({ code: 1, output: expect.stringContaining(sentence) });
    }
    await writeFile(entry, code);
  }, 30_000);
});
