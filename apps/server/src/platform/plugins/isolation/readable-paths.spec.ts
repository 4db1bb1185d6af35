import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { readablePaths } from './readable-paths.js';

describe(readablePaths, () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'crisol-readable-')));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const aPackage = (path: string, content: object): string => {
    const folder = join(root, path);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify(content));
    return folder;
  };

  it('takes a package and what it depends on, however it says so', async () => {
    const plugin = aPackage('a', { dependencies: { one: '*' }, peerDependencies: { '@scope/two': '*' } });
    const [one, two] = [aPackage('a/node_modules/one', {}), aPackage('a/node_modules/@scope/two', {})];
    expect(await readablePaths(plugin)).toEqual(expect.arrayContaining([plugin, one, two]));
  });

  it.each([
    '../../../../../../../../../../../etc',
    '..',
    '.',
    '../..',
    'one/../../../..',
    '/etc',
    '../*',
    '*',
    '@a/../../..',
    'a,/etc',
    '',
  ])('lets no dependency called "%s" lead out of the folders of packages', async (name) => {
    const plugin = aPackage(`b${Buffer.from(name).toString('hex')}`, {
      dependencies: { [name]: '*' },
      optionalDependencies: { [name]: '*' },
      peerDependencies: { [name]: '*' },
    });
    const repository = resolve(import.meta.dirname, '../../../../../..');
    // The API and zod are looked for beside the plugin, and on the way up.
    const strange = (await readablePaths(plugin)).filter(
      (path) => path !== plugin && !path.startsWith(repository + sep) && !/[\\/]node_modules[\\/](@crisol[\\/]plugin-api|zod)$/.test(path),
    );
    expect(strange).toEqual([]);
  });
});
