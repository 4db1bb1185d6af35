// A real Feast feature server, from the pinned version on PyPI, on a free port of this machine with data of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const here = import.meta.dirname;
const environment = join(here, '.venv');
const python = join(environment, 'bin', 'python');
const requirements = join(here, 'requirements.txt');
const stamp = join(environment, 'installed.txt');

/** Why Feast cannot be had here, in words; null when it is there. Installs it the first time, which takes a minute or two. */
export function prepareFeast() {
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return null;
  const version = spawnSync('python3', ['-c', 'import sys, venv, ensurepip; print(sys.version_info >= (3, 10))'], { encoding: 'utf8' });
  if (version.error || version.status !== 0 || version.stdout.trim() !== 'True') return 'there is no Python 3.10 with venv';
  rmSync(environment, { recursive: true, force: true });
  const made = spawnSync('python3', ['-m', 'venv', environment], { encoding: 'utf8' });
  if (made.status !== 0) return 'the virtual environment could not be made';
  const pip = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    encoding: 'utf8',
    timeout: 480_000,
  });
  if (pip.status !== 0) return `pip could not install Feast (${(pip.stderr ?? '').trim().split('\n').at(-1)})`;
  writeFileSync(stamp, wanted);
  return null;
}

/** Starts it; `ask` gives what Feast's own Python client says to the same question. */
export async function startFeast(nowSeconds) {
  const folder = mkdtempSync(join(tmpdir(), 'crisol-feast-'));
  cpSync(join(here, 'feature_repo'), folder, { recursive: true });
  mkdirSync(join(folder, 'data'));
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', FEAST_USAGE: 'False' } };
  const seeded = spawnSync(python, ['seed.py', String(nowSeconds)], { ...options, encoding: 'utf8' });
  if (seeded.status !== 0) throw new Error(`The Feast repository could not be made: ${seeded.stderr}`);
  const port = await freePort();
  const serve = ['serve', '--host', '127.0.0.1', '--port', String(port), '--no-access-log', '--workers', '1'];
  // A group of its own: the server is a tree of processes.
  const server = spawn(join(environment, 'bin', 'feast'), serve, { ...options, stdio: 'ignore', detached: true });
  const client = spawn(python, ['ask.py'], { ...options, stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    const ended = server.exitCode === null ? once(server, 'exit') : undefined;
    client.kill('SIGKILL');
    if (ended) process.kill(-server.pid, 'SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + 90_000;
  while (!(await isUp(url))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error('The Feast server did not come up.');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    url,
    async ask(features, entities) {
      client.stdin.write(`${JSON.stringify({ features, entities })}\n`);
      return JSON.parse((await lines.next()).value);
    },
    stop,
  };
}

async function isUp(url) {
  const answer = await fetch(`${url}/health`).catch(() => undefined);
  return answer?.status === 200;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
