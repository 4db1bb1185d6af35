import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareMlflow } from '../../../conformance/mlflow/environment.mjs';
import { ApiClient, BuiltServer, freePort, repositoryRoot, waitUntil } from './built-server.js';

// Real servers, on a machine that may be busy.
jest.setTimeout(300_000);

const conformance = join(repositoryRoot, 'conformance', 'mlflow');
const cli = join(repositoryRoot, 'apps', 'cli', 'dist', 'main.js');
const { python = '', missing } = prepareMlflow(3);
const quiet = { MLFLOW_DISABLE_TELEMETRY: 'true', DO_NOT_TRACK: 'true', PATH: process.env['PATH'], HOME: process.env['HOME'] };

/** MLflow's own server, empty, with one worker on SQLite. */
class RealServer {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<RealServer> {
    const folder = await mkdtemp(join(tmpdir(), 'crisol-mlflow-'));
    const port = await freePort();
    const store = ['--backend-store-uri', `sqlite:///${folder}/store.db`, '--artifacts-destination', join(folder, 'artifacts')];
    const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store];
    // A group of its own: the server is a tree of processes.
    const child = spawn(python, args, { cwd: folder, env: quiet, stdio: 'ignore', detached: true });
    const server = new RealServer(`http://127.0.0.1:${port}`, folder, child);
    await waitUntil(
      () =>
        fetch(`${server.url}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      150_000,
      300,
    );
    return server;
  }

  async remove(): Promise<void> {
    const ended = once(this.process, 'exit');
    if (this.process.pid !== undefined) process.kill(-this.process.pid, 'SIGKILL');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

(missing === undefined ? describe : describe.skip)(
  missing === undefined ? 'a copy of a real MLflow server' : `a copy of a real MLflow server, which is not here: ${missing}`,
  () => {
    let first: RealServer;
    let second: RealServer;
    let server: BuiltServer;
    let client: ApiClient;
    beforeAll(async () => {
      [first, second, server] = await Promise.all([RealServer.start(), RealServer.start(), BuiltServer.start()]);
      client = await ApiClient.bootstrap(server);
    }, 240_000);
    afterAll(async () => {
      await Promise.all([first?.remove(), second?.remove(), server?.remove()]);
    }, 60_000);

    function ran(command: string, args: readonly string[], env: object = {}): Promise<{ code: number; said: string }> {
      return new Promise((resolve) => {
        execFile(command, [...args], { cwd: conformance, env: { ...quiet, ...env }, maxBuffer: 64e6 }, (error, stdout, stderr) =>
          resolve({ code: error ? Number(error.code ?? 1) : 0, said: error ? `${stdout}\n${stderr}` : stdout }),
        );
      });
    }
    const copyArgs = (direction: 'import' | 'export', url: string) => [
      cli,
      direction,
      'mlflow',
      url,
      '--include-deleted',
      '--json',
      '--url',
      server.url,
    ];
    const copy = (direction: 'import' | 'export', url: string) =>
      ran(process.execPath, copyArgs(direction, url), { CRISOL_API_KEY: client.key });

    it('is equal, comes back equal, survives its own end in the middle, and is not made twice', async () => {
      expect(await ran(python, ['populate.py', '8', '40'], { MLFLOW_TRACKING_URI: first.url })).toMatchObject({ code: 0 });

      const broken = spawn(process.execPath, copyArgs('import', first.url), {
        env: { ...quiet, CRISOL_API_KEY: client.key },
        stdio: 'ignore',
      });
      const ended = once(broken, 'exit');
      await waitUntil(async () => (await client.call('GET', 'runs')).data.length >= 3, 60_000, 20);
      broken.kill('SIGKILL');
      await ended;

      const imported = await copy('import', first.url);
      expect(imported).toMatchObject({ code: 0 });
      expect(JSON.parse(imported.said)).toMatchObject({ failed: [], skipped: [] });
      expect(await ran(python, ['differ.py', first.url, server.url, '--token-b', client.key])).toMatchObject({ code: 0 });

      const again = JSON.parse((await copy('import', first.url)).said);
      expect(Object.values(again.copied).every((count) => count === 0)).toBe(true);

      expect(await copy('export', second.url)).toMatchObject({ code: 0 });
      expect(await ran(python, ['differ.py', first.url, second.url])).toMatchObject({ code: 0 });
    });
  },
);
