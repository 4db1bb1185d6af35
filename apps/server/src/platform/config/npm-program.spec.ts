import { describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNpm } from './npm-program.js';

describe(findNpm.name, () => {
  const inFolder = (work: (folder: string, cli: (at: string) => string) => void): void => {
    const folder = mkdtempSync(join(tmpdir(), 'crisol-npm-'));
    try {
      work(folder, (at) => {
        mkdirSync(join(folder, at), { recursive: true });
        writeFileSync(join(folder, at, 'npm-cli.js'), '');
        return join(folder, at, 'npm-cli.js');
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('takes the npm that started the process, then the one beside this Node, then the one on the PATH', () => {
    inFolder((folder, cli) => {
      const started = cli('started/bin');
      const beside = cli('node/lib/node_modules/npm/bin');
      const onPath = cli('elsewhere/npm/bin');
      mkdirSync(join(folder, 'bin'));
      symlinkSync(onPath, join(folder, 'bin', 'npm'));
      const PATH = join(folder, 'bin');
      const node = join(folder, 'node', 'bin', 'node');
      expect(findNpm({ npm_execpath: started, PATH }, node)).toMatchObject({ ok: true, cli: started });
      expect(findNpm({ PATH }, node)).toMatchObject({ ok: true, cli: expect.stringContaining(join('node_modules', 'npm')) });
      expect(findNpm({ PATH }, node)).toMatchObject({ ok: true, cli: beside });
      expect(findNpm({ PATH }, '/nowhere/bin/node')).toMatchObject({ ok: true, cli: onPath });
    });
  });

  it('does not take another package manager for npm, and says where it looked', () => {
    inFolder((folder) => {
      writeFileSync(join(folder, 'pnpm.cjs'), '');
      expect(findNpm({ npm_execpath: join(folder, 'pnpm.cjs'), PATH: folder }, '/nowhere/bin/node')).toEqual({
        ok: false,
        tried: ['npm_execpath', 'beside /nowhere/bin/node', 'PATH'],
      });
    });
  });

  it('hands npm the way to the registry and nothing of ours', () => {
    inFolder((_folder, cli) => {
      const npm = findNpm({
        npm_execpath: cli('bin'),
        PATH: '/bin',
        HOME: '/home/a',
        HTTPS_PROXY: 'http://proxy',
        npm_config_registry: 'https://registry.example',
        npm_config_ignore_scripts: 'false',
        npm_config_local_prefix: '/app',
        DATABASE_URL: 'postgres://secret',
        CRISOL_MASTER_KEY: 'secret',
      });
      expect(npm).toMatchObject({
        environment: { PATH: '/bin', HOME: '/home/a', HTTPS_PROXY: 'http://proxy', npm_config_registry: 'https://registry.example' },
      });
      expect(JSON.stringify(npm)).not.toMatch(/secret|ignore|prefix/);
    });
  });
});
