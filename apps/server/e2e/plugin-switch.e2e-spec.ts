import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/platform/database/embedded-postgres.js';
import { pluginTarball } from '../test/medium/plugins/make-tarball.js';
import { ApiClient, BuiltServer, waitUntil } from './built-server.js';

const ID = 'notifier-parcel';
const FLIPS = 100;

/** One api and two workers; a plugin that writes down each call, and whether its instance had been disposed. */
describe('a switch that is flipped a hundred times while every process calls the plugin', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;
  const servers: BuiltServer[] = [];
  let client: ApiClient;
  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crisol-switch-'));
    postgres = new EmbeddedPostgres(join(folder, 'outside'));
    await postgres.start();
    const environment = { DATABASE_URL: `postgres://crisol@${encodeURIComponent(postgres.connection.host)}/crisol` };
    const dataFolder = join(folder, 'data');
    servers.push(await BuiltServer.start({ role: 'api', dataFolder, environment }));
    client = await ApiClient.bootstrap(servers[0]!);
    servers.push(...(await Promise.all([1, 2].map(() => BuiltServer.start({ role: 'worker', dataFolder, environment })))));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }, 90_000);

  const allApplied = async (state: string): Promise<boolean> => {
    const plugin = await client.call('GET', `plugins/${ID}`);
    return plugin.state === state && plugin.processes.total === 3 && plugin.processes.applied === 3;
  };

  it('never calls a disposed instance, and every process acknowledges each flip', async () => {
    const file = JSON.stringify(join(folder, 'calls'));
    const note = (what: string) => `appendFileSync(${file}, ${what} + ' ' + process.pid + '\\n');`;
    const tarball = pluginTarball({
      atImport: `import { appendFileSync } from 'node:fs'; const disposed = new WeakSet();`,
      send: `const self = this; ${note("(disposed.has(self) ? 'late' : 'send')")}
             await new Promise((resolve) => setTimeout(resolve, 2));
             ${note("(disposed.has(self) ? 'cut' : 'sent')")}
             return { deliveredAt: 0 };`,
      more: `async check() { ${note("(disposed.has(this) ? 'late' : 'check')")} return { message: 'fine' }; },
             dispose() { disposed.add(this); disposed.add(this.notifiers[0]); ${note("'dispose'")} },`,
    });
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(tarball)]), 'parcel.tgz');
    const { id } = await client.call('POST', 'plugins/installs', form);
    await waitUntil(async () => (await client.call('GET', `plugins/installs/${id}`)).state === 'staged', 30_000);
    const { permissions } = await client.call('GET', `plugins/installs/${id}`);
    await client.call('POST', `plugins/installs/${id}/confirm`, { permissions, isolation: 'in_process' });
    await waitUntil(() => allApplied('active'), 15_000);
    const channel = await client.call('POST', 'channels', { name: 'ops', notifier: 'parcel', events: ['job.finished'], target: {} });

    let stop = false;
    const load = async (path: string) => {
      // While the plugin is off its callers are refused, which is as it should be.
      while (!stop) await client.call('POST', path).catch(() => undefined);
    };
    const loads = [`channels/${channel.id}/test`, `channels/${channel.id}/test`, `plugins/${ID}/check`, `plugins/${ID}/check`].map(load);
    const answeredMs: number[] = [];
    const appliedMs: number[] = [];
    for (let flip = 0; flip < FLIPS; flip++) {
      const isOff = flip % 2 === 0;
      const started = performance.now();
      await client.call('POST', `plugins/${ID}/${isOff ? 'disable' : 'enable'}`);
      answeredMs.push(performance.now() - started);
      await waitUntil(() => allApplied(isOff ? 'disabled' : 'active'), 15_000, 5);
      appliedMs.push(performance.now() - started);
    }
    await waitUntil(() => new Set(calls().flatMap((line) => (line.startsWith('sent') ? [line.split(' ')[1]] : []))).size === 2, 30_000);
    stop = true;
    await Promise.all(loads);
    await client.call('POST', `plugins/${ID}/disable`);
    await waitUntil(() => calls().filter((line) => line.startsWith('dispose')).length === 3 * (FLIPS / 2 + 1), 40_000);

    const counted = (word: string) => calls().filter((line) => line.startsWith(`${word} `)).length;
    const at = (times: number[], share: number) =>
      Math.round([...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * share)] ?? 0);
    console.info(
      `${FLIPS} flips in 3 processes: answered p50 ${at(answeredMs, 0.5)} ms, p99 ${at(answeredMs, 0.99)} ms; applied by all p50 ${at(appliedMs, 0.5)} ms, ` +
        `p99 ${at(appliedMs, 0.99)} ms, most ${at(appliedMs, 1)} ms; ${counted('sent')} sends in the workers, ${counted('check')} checks in the api, ` +
        `${counted('dispose')} instances disposed, ${counted('late') + counted('cut')} calls into a disposed one`,
    );
    expect(counted('late') + counted('cut')).toBe(0);
    expect(counted('sent')).toBe(counted('send'));
    expect(counted('sent')).toBeGreaterThan(100);
    expect(counted('check')).toBeGreaterThan(100);
  }, 240_000);
});
