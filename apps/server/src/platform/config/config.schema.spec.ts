import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsTable } from './config.schema.js';
import { ConfigError, installationFolder, loadConfig } from './load-config.js';

describe(loadConfig.name, () => {
  const load = (environment: Record<string, string>) => loadConfig({ environment, file: null, workingFolder: '/srv' });

  it('has defaults that start on one machine', () => {
    expect(load({})).toMatchObject({
      port: 7070,
      host: '127.0.0.1',
      dataFolder: '/srv/.crisol',
      databaseUrl: null,
      redisUrl: null,
      publicUrl: 'http://127.0.0.1:7070',
    });
  });

  it('lists every bad setting by name and rule, and never a value', () => {
    const bad = { CRISOL_PORT: '99999', DATABASE_URL: 'mysql://root:hunter2@db/x', CRISOL_PROT: '1', CRISOL_PUBLIC_ADDRESS: 'x' };
    let message = '';
    try {
      load(bad);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      message = error instanceof Error ? error.message : '';
    }
    expect(message).toContain('CRISOL_PORT');
    expect(message).toContain('DATABASE_URL');
    expect(message).toContain('CRISOL_PUBLIC_ADDRESS: there is no such setting');
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('99999');
  });

  it('takes a master key of 32 bytes in base64, and nothing that is shorter', () => {
    const key = Buffer.alloc(32, 1).toString('base64');
    expect(load({ CRISOL_MASTER_KEY: key }).masterKey).toBe(key);
    expect(() => load({ CRISOL_MASTER_KEY: 'hunter2' })).toThrow(/CRISOL_MASTER_KEY: must be 32 bytes in base64/);
  });

  it('says where each value came from', () => {
    const config = load({ CRISOL_PORT: '8080' });
    expect(config.port).toBe(8080);
    expect(config.origins.get('port')).toEqual({ source: 'environment', location: 'CRISOL_PORT' });
    expect(config.origins.get('host')).toEqual({ source: 'default', location: 'built in' });
  });
});

describe('the README', () => {
  it('has the table of settings as the schema gives it', () => {
    const readme = readFileSync(join(installationFolder, 'README.md'), 'utf8');
    const table = /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(readme)?.[1];
    expect(table).toBe(settingsTable());
  });
});
