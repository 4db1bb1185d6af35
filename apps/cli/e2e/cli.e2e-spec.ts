import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BuiltServer, repositoryRoot } from '../../server/e2e/built-server.js';

const main = join(repositoryRoot, 'apps', 'cli', 'dist', 'main.js');
const row = {
  island: 'Biscoe',
  bill_length_mm: 46.1,
  bill_depth_mm: 13.2,
  flipper_length_mm: 211,
  body_mass_g: 4500,
  sex: 'female',
  year: 2007,
};

describe('the path from a CSV to a prediction, by crisol alone', () => {
  let server: BuiltServer;
  let key = '';

  async function crisol(args: readonly string[], environment: Record<string, string> = {}) {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        CRISOL_DATA: server.dataFolder,
        CRISOL_PORT: new URL(server.url).port,
        CRISOL_API_KEY: key,
        ...environment,
      },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr };
  }

  beforeAll(async () => {
    server = await BuiltServer.start();
  }, 90_000);

  afterAll(async () => {
    await server.remove();
  }, 60_000);

  it('finds this machine fit', async () => {
    const { code, stdout } = await crisol(['doctor', '--json']);
    const findings: { name: string; ok: boolean; found: string }[] = JSON.parse(stdout);
    expect(findings.map(({ name }) => name)).toEqual(['Node', 'config', 'PostgreSQL', 'port', 'disk', 'inference', 'DuckDB']);
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.find(({ name }) => name === 'port')?.found).toContain('the server answers');
    expect(code).toBe(0);
  }, 60_000);

  it('says which setting is wrong', async () => {
    const { code, stdout } = await crisol(['doctor'], { CRISOL_PORT: 'seven' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL {2}config .*\n? *CRISOL_PORT/);
  }, 60_000);

  it('makes the first key without a key, and prints it alone', async () => {
    expect((await crisol(['models', 'ls'])).code).toBe(3);
    const made = await crisol(['keys', 'create', '--bootstrap', '--quiet']);
    expect([made.code, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toMatch(/^crs_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\n$/);
    key = made.stdout.trim();
  });

  it('makes a sign-in link that the server takes', async () => {
    const { code, stdout } = await crisol(['login-link', '--quiet']);
    expect(code).toBe(0);
    const answer = await fetch(`${server.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ token: new URL(stdout.trim()).searchParams.get('token'), username: 'ada', password: 'tidal-quartz-lemon-42' }),
    });
    expect(answer.ok).toBe(true);
  });

  it('says to start the server when none runs on the data folder', async () => {
    const { code, stderr } = await crisol(['login-link'], { CRISOL_DATA: join(server.dataFolder, 'elsewhere') });
    expect([code, stderr]).toEqual([1, expect.stringContaining('Start the server first')]);
  });

  it('uploads, trains, serves and predicts', async () => {
    const pushed = await crisol(['datasets', 'push', join('examples', 'data', 'penguins.csv'), '--json']);
    expect(JSON.parse(pushed.stdout)).toMatchObject({ name: 'penguins', latestVersion: { version: 1, rows: 344 } });

    const trained = await crisol([
      'train',
      'penguins',
      '--target',
      'species',
      '--set',
      'rounds=20',
      '--register',
      'penguins',
      '--alias',
      'champion',
      '--follow',
    ]);
    expect([trained.code, trained.stdout]).toEqual([0, expect.stringContaining('penguins version 1, admitted')]);
    expect(trained.stdout).toMatch(/accuracy +(1|0\.9)/);
    expect(trained.stderr).toContain('metric    train_loss = ');
    expect(trained.stderr).toContain('state     succeeded');

    expect((await crisol(['endpoints', 'create', 'penguins', '--model', 'penguins'])).code).toBe(0);
    const file = join(server.dataFolder, 'row.json');
    await writeFile(file, JSON.stringify(row));
    const predicted = await crisol(['predict', 'penguins', '-d', `@${file}`, '--quiet']);
    expect([predicted.code, predicted.stdout, predicted.stderr]).toEqual([0, 'Gentoo\n', '']);
  }, 120_000);

  it('ends with 2 for a wrong line, 3 for a key that may not, 4 for what is not there, 5 for a name that is taken', async () => {
    const reader = await crisol(['keys', 'create', '--name', 'reader', '--preset', 'predict', '--quiet']);
    const refused = await crisol(['models', 'ls', '--key', reader.stdout.trim()]);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/missing_scope \(403\), request req_/)]);
    expect((await crisol(['train', 'penguins'])).code).toBe(2);
    expect((await crisol(['datasets', 'show', 'nothing'])).code).toBe(4);
    expect((await crisol(['endpoints', 'create', 'penguins', '--model', 'penguins'])).code).toBe(5);
  }, 60_000);

  it('ends with 6 and the reason when a job fails', async () => {
    const file = join(server.dataFolder, 'ragged.csv');
    await writeFile(file, 'a,b\n1,2\n3\n4,5,6\n'.repeat(5));
    const pushed = await crisol(['datasets', 'push', file]);
    expect([pushed.code, pushed.stderr]).toEqual([6, expect.stringContaining('file_ragged')]);
    const jobs: { id: string; state: string }[] = JSON.parse((await crisol(['jobs', 'ls', '--json'])).stdout);
    const failed = jobs.find(({ state }) => state === 'failed');
    expect((await crisol(['jobs', 'tail', failed?.id ?? ''])).code).toBe(6);
  }, 60_000);

  it('installs a plugin from a folder, and disables it while the server is down', async () => {
    const folder = join(repositoryRoot, 'apps', 'server', 'test', 'fixture-plugins', 'with-dispose');
    const unasked = await crisol(['plugin', 'install', folder]);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('give --yes')]);
    const installed = await crisol(['plugin', 'install', folder, '--yes', '--in-process']);
    expect([installed.code, installed.stdout]).toEqual([0, 'with-dispose 1.0.0 is active (1 of 1 processes)\n']);
    const listed: { id: string; source: { type: string } }[] = JSON.parse((await crisol(['plugin', 'ls', '--json'])).stdout);
    expect(listed.find(({ id }) => id === 'with-dispose')?.source.type).toBe('folder');
    expect((await crisol(['plugin', 'uninstall', 'notifier-webhook'])).code).toBe(5);
    await server.stop();
    const down = await crisol(['plugin', 'disable', 'with-dispose'], { CRISOL_API_KEY: '' });
    expect([down.code, down.stdout]).toEqual([0, expect.stringContaining('next start disables with-dispose')]);
    expect(await readdir(join(server.dataFolder, 'plugins'))).toContain('disabled-with-dispose');
  }, 90_000);
});
