import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginTarball } from '../../../../test/medium/plugins/make-tarball.js';
import { judgeLock, judgePackage } from './judge-package.js';

const elsewhere = [
  'git+file:///srv/repository',
  'github:owner/name',
  'owner/name',
  'http://169.254.169.254/latest.tgz',
  'https://a.example/x.tgz',
  'file:../../etc',
  '../up',
  './vendor',
  '/srv/x',
  'x.tgz',
  'C:\\x',
  'workspace:*',
  'npm:http://a.example/x.tgz',
];
const ofRegistry = ['^1.2.3', '1.x || >=2.0.0 <3', '*', '', 'latest', '1.0.0-beta.1+build', 'npm:other@^1', 'npm:@scope/other@1.0.0', '~1'];

describe('where dependencies of a plugin come from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crisol-judge-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const codes = async (packageJson: Record<string, unknown>) => {
    const path = join(folder, 'package.tgz');
    writeFileSync(path, pluginTarball({ packageJson }));
    return (await judgePackage(path)).problems.map((one) => one.code);
  };

  it.each(elsewhere)('is told before npm runs: %s', async (spec) => {
    expect(await codes({ dependencies: { one: spec } })).toEqual(['dependency_source']);
    expect(await codes({ optionalDependencies: { one: spec } })).toEqual(['dependency_source']);
  });

  it.each(ofRegistry)('may be the registry: "%s"', async (spec) => {
    expect(await codes({ dependencies: { one: spec } })).toEqual([]);
  });

  it('is told of what came along, too', () => {
    const packages = {
      '': { dependencies: { own: 'file:package.tgz' } },
      'node_modules/own': { resolved: 'file:package.tgz', dependencies: { one: '^1.0.0' } },
      'node_modules/one': {
        version: '1.0.0',
        resolved: 'https://registry.example/one.tgz',
        dependencies: { two: 'https://a.example/two.tgz' },
      },
      'node_modules/two': { version: '1.0.0', resolved: 'https://a.example/two.tgz' },
    };
    const { dependencies, problems } = judgeLock(JSON.stringify({ packages }), 'own');
    expect(dependencies).toEqual(['one@1.0.0', 'two@1.0.0']);
    expect(problems).toMatchObject([{ code: 'dependency_source', message: expect.stringContaining('a.example') }]);
  });
});
