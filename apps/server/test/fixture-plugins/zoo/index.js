import { definePlugin, HttpClient, Logger } from '@crisol/plugin-api';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { z } from 'zod';

const kept = [];
const attempt = (work) => {
  try {
    return `got ${String(work()).slice(0, 20)}`;
  } catch (error) {
    return `refused: ${error.code ?? error.name}`;
  }
};
const connect = (options) =>
  new Promise((resolve) => {
    try {
      const socket = net.connect(options);
      socket.once('connect', () => resolve('got a connection'));
      socket.once('error', (error) => resolve(`refused: ${error.code}`));
    } catch (error) {
      resolve(`refused: ${error.code ?? error.name}`);
    }
  });
const allocate = (mebibytes) => {
  for (let i = 0; i < mebibytes / 64; i++) kept.push(Buffer.alloc(64 * 1_048_576, 1));
};

/** What each beast does when it is called; the answer's reference says how far it came. */
const beasts = {
  none: () => 'well behaved',
  'while-true': () => {
    for (;;);
  },
  'allocate-4-gb': async () => {
    for (let i = 0; i < 64; i++) {
      allocate(64);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return 'got 4 GB';
  },
  'process-exit': () => process.exit(3),
  'unhandled-rejection': async () => {
    void Promise.reject(new Error('nobody waits for this'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    return 'still here';
  },
  'stdout-flood': () => {
    const line = `${'flood '.repeat(20)}\n`;
    // 24 MB: what the host does not read in time waits in this process's own memory.
    for (let i = 0; i < 200_000; i++) process.stdout.write(line);
    return 'flooded';
  },
  'log-flood': async ({ log }) => {
    // So many lines, not for so long: what a quick machine writes in a while may be more than the process may hold.
    for (let sent = 0; sent < 30_000; sent += 200) {
      for (let i = 0; i < 200; i++) log.info('flood '.repeat(200));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return 'flooded';
  },
  'read-etc-passwd': () => attempt(() => readFileSync('/etc/passwd', 'utf8')),
  'open-socket': () => connect({ host: '192.0.2.1', port: 80 }),
  'open-loopback-socket': ({ settings }) => connect({ host: '127.0.0.1', port: settings.port }),
  'open-local-socket': () => connect({ path: '/var/run/docker.sock' }),
  'undeclared-host': ({ http }) => http.request('GET', 'https://example.org/').then(() => 'got an answer'),
  'spawn-child': () => attempt(() => spawnSync('id').stdout),
  'read-environment': () => `sees ${Object.keys(process.env).sort().join(' ')}`,
  'kill-the-server': ({ settings }) => attempt(() => process.kill(settings.server, 'SIGKILL')),
  'patch-array-prototype': () => {
    Array.prototype.map = () => ['patched'];
    return 'patched';
  },
  'answer-1-gb': () => ({ deliveredAt: 1, more: (kept[0] ??= new Uint8Array(2 ** 30)) }),
  'answer-128-mb': () => ({ deliveredAt: 1, more: new Uint8Array(134_217_728) }),
  throws: () => {
    throw new TypeError('a bug');
  },
  'throws-a-string': () => {
    throw 'a string';
  },
  rejects: () => Promise.reject(new RangeError('a late bug')),
  hangs: () => new Promise(() => undefined),
  'wrong-answer': () => ({ deliveredAt: 'yesterday' }),
  leaks: async () => {
    setInterval(() => undefined, 1_000);
    if (kept.length === 0) allocate(320);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return 'leaked a timer and 320 MB';
  },
  'garbage-on-the-pipe': () => {
    writeSync(3, 'GET / HTTP/1.1\r\n\r\n'.repeat(10));
    return new Promise(() => undefined);
  },
};

export default definePlugin({
  id: 'zoo',
  settings: z.strictObject({
    beast: z.enum(Object.keys(beasts)).default('none'),
    inSetup: z.boolean().default(false),
    port: z.int().default(1),
    server: z.int().default(0),
  }),
  uses: { http: HttpClient, log: Logger },
  setup: ({ settings, http, log }) => {
    if (settings.inSetup) beasts[settings.beast]({ settings, http, log });
    return {
      notifiers: [
        {
          name: 'zoo',
          title: 'Zoo',
          target: z.strictObject({}),
          async send() {
            const answer = await beasts[settings.beast]({ settings, http, log });
            return typeof answer === 'string' ? { deliveredAt: 1, reference: answer } : answer;
          },
        },
      ],
    };
  },
});
