// A built server in a process of its own, with an administrator's key, for the benches.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export async function freePort() {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/**
 * Starts as `npm start` does, or the built program directly, with options of Node's. Resolves when /readyz says yes;
 * `readyMs` counts from the spawn.
 */
export async function startCrisol(folder, { settings = {}, direct = false, nodeOptions = [] } = {}) {
  const port = await freePort();
  const before = performance.now();
  const args = direct ? ['--disable-warning=ExperimentalWarning', ...nodeOptions, 'main.js'] : ['scripts/start.mjs'];
  const child = spawn(process.execPath, args, {
    cwd: direct ? join(root, 'apps', 'server', 'dist') : root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, CRISOL_DATA: folder, CRISOL_PORT: String(port), ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const url = `http://127.0.0.1:${port}`;
  let ended = false;
  const exited = once(child, 'exit').then(() => (ended = true));
  for (;;) {
    if (ended) throw new Error(`The server ended: ${output}`);
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.text().then(() => answer.ok),
      () => false,
    );
    if (ready) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const readyMs = performance.now() - before;
  return {
    url,
    pid: child.pid,
    readyMs,
    /** The token of the first start's sign-in link. */
    async token() {
      for (let i = 0; i < 500 && !/token=/.test(output); i++) await new Promise((resolve) => setTimeout(resolve, 10));
      return /token=([\w-]+)/.exec(output)?.[1];
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function answerOf(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return { body: text === '' ? null : JSON.parse(text), headers: response.headers };
}

/** Redeems the sign-in link of a fresh server. Gives calls under an administrator's key. */
export async function setUp(server) {
  const json = (body, headers = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const token = await server.token();
  const setup = await answerOf(
    await fetch(`${server.url}/api/v1/setup`, json({ token, username: 'bench', password: 'tidal-quartz-lemon-42' })),
  );
  const cookie = setup.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ');
  const meta = await answerOf(await fetch(`${server.url}/api/v1/meta`, { headers: { cookie } }));
  const scopes = meta.body.scopePresets.admin;
  const key = await answerOf(
    await fetch(`${server.url}/api/v1/keys`, json({ name: 'bench', scopes }, { cookie, 'x-csrf-token': setup.body.csrfToken })),
  );
  const authorization = `Bearer ${key.body.secret}`;
  return {
    key: key.body.secret,
    get: async (path) => (await answerOf(await fetch(`${server.url}/api/v1/${path}`, { headers: { authorization } }))).body,
    bytes: async (path) =>
      new Uint8Array(await (await fetch(`${server.url}/api/v1/${path}`, { headers: { authorization } })).arrayBuffer()),
    post: async (path, body) =>
      (await answerOf(await fetch(`${server.url}/api/v1/${path}`, json(body, { authorization, 'idempotency-key': randomUUID() })))).body,
    put: async (path, body) =>
      (await answerOf(await fetch(`${server.url}/api/v1/${path}`, { ...json(body, { authorization }), method: 'PUT' }))).body,
    upload: async (name, csv) => {
      const form = new FormData();
      form.set('name', name);
      form.set('file', new Blob([csv], { type: 'text/csv' }), `${name}.csv`);
      return (await answerOf(await fetch(`${server.url}/api/v1/datasets`, { method: 'POST', headers: { authorization }, body: form })))
        .body;
    },
    /** Waits for a job to succeed. */
    async finish(id) {
      for (;;) {
        const response = await fetch(`${server.url}/api/v1/jobs/${id}/wait?timeout=10`, { headers: { authorization } });
        if (response.status === 404) continue;
        const { body } = await answerOf(response);
        if (body.state === 'succeeded') return body;
        throw new Error(`The job ended as ${body.state}: ${JSON.stringify(body.error)}`);
      }
    },
  };
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
