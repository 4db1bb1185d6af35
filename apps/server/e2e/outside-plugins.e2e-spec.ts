import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient, BuiltServer, repositoryRoot, waitUntil } from './built-server.js';

// Four plugins as strangers would write them: made by the scaffolder in a folder outside of the monorepo, built and packed
// with npm, installed over the API into the built server, used, switched, updated and removed.

const kinds = ['model-type', 'feature-store', 'validator', 'notifier'] as const;
type Kind = (typeof kinds)[number];
const idOf = (kind: Kind): string => `${kind}-corner-shop`;

async function run(command: string, args: readonly string[], folder: string): Promise<string> {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} in ${folder} ended with ${String(code)}:\n${output}`);
  return output;
}

/** How a person brings a package in. The API does it here; a browser can take its place. */
type Install = (tarball: string) => Promise<{ state: string; version: string; previousVersion: string | null; needsConfirmation: boolean }>;

const installByApi =
  (client: ApiClient): Install =>
  async (tarball) => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(await readFile(tarball))]), 'plugin.tgz');
    const started = await client.call('POST', 'plugins/installs', form);
    let shown = started;
    await waitUntil(async () => {
      shown = await client.call('GET', `plugins/installs/${started.id}`);
      return shown.state !== 'fetching';
    }, 90_000);
    const blocking = shown.problems.filter((problem: { blocking: boolean }) => problem.blocking);
    if (shown.state !== 'staged' || blocking.length > 0)
      throw new Error(`The install is ${shown.state}: ${JSON.stringify(shown.problems)}`);
    const { needsConfirmation } = shown;
    const done = await client.call('POST', `plugins/installs/${started.id}/confirm`, { permissions: shown.permissions });
    return { ...done, needsConfirmation };
  };

describe('four plugins from outside of the monorepo', () => {
  let folder: string;
  let server: BuiltServer;
  let client: ApiClient;
  let install: Install;
  let receiver: Server;
  let hookUrl: string;
  const received: { text: string; authorization: string | undefined }[] = [];

  const pluginFolder = (kind: Kind): string => join(folder, idOf(kind));
  const tarball = (kind: Kind, version: string): string => join(pluginFolder(kind), `crisol-${idOf(kind)}-${version}.tgz`);
  const plugin = (kind: Kind) => client.call('GET', `plugins/${idOf(kind)}`);
  const settled = (kind: Kind, state: string) =>
    waitUntil(async () => {
      const { state: now, processes, message } = await plugin(kind);
      if (now === 'failed' && state !== 'failed') throw new Error(`${idOf(kind)} is ${now}: ${message}\n${server.output}`);
      return now === state && processes.applied === processes.total;
    }, 30_000);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crisol-outside-'));
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ text: JSON.parse(body).text, authorization: request.headers.authorization });
        response.writeHead(204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    server = await BuiltServer.start({ environment: { CRISOL_ALLOW_PRIVATE_ADDRESSES: 'true' } });
    client = await ApiClient.bootstrap(server);
    install = installByApi(client);
  }, 120_000);

  afterAll(async () => {
    receiver.close();
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it.each(kinds)(
    'makes, builds and packs a %s with npm alone',
    async (kind) => {
      const scaffolder = join(repositoryRoot, 'apps/create-crisol-plugin/dist/main.js');
      await run(process.execPath, [scaffolder, '--kind', kind, '--name', 'corner-shop', '--yes'], folder);
      await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], pluginFolder(kind));
      await run('npm', ['run', 'build'], pluginFolder(kind));
      await run('npm', ['pack'], pluginFolder(kind));
      expect(await readdir(pluginFolder(kind))).toContain(`crisol-${idOf(kind)}-0.1.0.tgz`);
    },
    90_000,
  );

  it.each(kinds)(
    'installs the %s isolated, once its permissions were confirmed',
    async (kind) => {
      expect(await install(tarball(kind, '0.1.0'))).toMatchObject({
        state: 'installed',
        version: '0.1.0',
        previousVersion: null,
        needsConfirmation: true,
      });
      await settled(kind, 'active');
      expect(await plugin(kind)).toMatchObject({ version: '0.1.0', kinds: [kind], isolation: 'isolated', source: { type: 'upload' } });
    },
    90_000,
  );

  it('trains a model with the model type, which the server admits', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${['red', 'blue'][i % 2]},${10 + (i % 5)}`);
    const uploaded = await client.upload('shop', 'shop.csv', `visits,colour,sales\n${rows.join('\n')}\n`);
    expect(uploaded.state).toBe('succeeded');
    const input = {
      dataset: 'shop',
      target: 'sales',
      task: 'regression',
      modelType: 'corner-shop',
      params: { trim: 0 },
      register: { model: 'shop' },
    };
    const trained = await client.finished((await client.call('POST', 'jobs', { kind: 'model.train', input })).id, 90_000);
    expect({ state: trained.state, error: trained.error }).toEqual({ state: 'succeeded', error: null });
    await waitUntil(async () => (await client.call('GET', 'models/shop/versions/1')).admission.state === 'admitted', 30_000);
  }, 150_000);

  it('fills the columns of a prediction from the feature store', async () => {
    const view = { entities: ['shop_id'], features: [{ name: 'visits', type: 'number' }], maxAgeSeconds: 86_400 };
    await client.call('PUT', 'feature-stores/corner-shop/views/shop', view);
    const rows = [{ keys: { shop_id: 7 }, at: new Date(Date.now() - 60_000).toISOString(), values: { visits: 3 } }];
    expect(await client.call('POST', 'feature-stores/corner-shop/views/shop/rows', { rows })).toEqual({ rows: 1 });
    await client.call('POST', 'endpoints', {
      name: 'shop',
      variants: [{ name: 'first', model: 'shop', version: 1, share: 100 }],
      lookup: { store: 'corner-shop', keys: { shop_id: 'shop' }, features: [{ feature: 'shop:visits', as: 'visits' }], timeoutMs: 5_000 },
    });
    const predict = () =>
      client.call('POST', 'endpoints/shop/predict', {
        instances: [
          { shop: 7, colour: 'red' },
          { shop: 8, colour: 'red' },
        ],
        options: { features: true },
      });
    await waitUntil(
      () =>
        predict().then(
          () => true,
          () => false,
        ),
      20_000,
    );
    const answer = await predict();
    expect(answer.features).toMatchObject({ store: 'corner-shop', rows: [{ statuses: ['present'] }, { statuses: ['not_found'] }] });
    expect(answer.predictions.map(({ value }: { value: number }) => value)).toEqual([expect.closeTo(12, 0), expect.closeTo(12, 0)]);
  }, 60_000);

  it('keeps the alias where it is until the gate of the validator passes', async () => {
    const gate = (minimum: number) => ({
      alias: 'champion',
      validator: 'corner-shop',
      checks: [{ type: 'corner_shop_metric_at_least', kwargs: { metric: 'rmse', minimum } }],
    });
    const judge = async () => client.finished((await client.call('POST', 'models/shop/versions/1/judgements', { alias: 'champion' })).id);
    const move = () => client.call('PUT', 'models/shop/aliases/champion', { version: 1, comment: 'first' }, { 'if-none-match': '*' });

    await client.call('PUT', 'models/shop/gates/strict', gate(1_000));
    await judge();
    await expect(move()).rejects.toThrow(/gate/);
    const { data } = await client.call('GET', 'models/shop/versions/1/judgements');
    expect(data[0]).toMatchObject({
      verdict: 'failed',
      findings: [{ message: expect.stringMatching(/^rmse is .*; at least 1000 is asked\.$/) }],
    });

    await client.call('PUT', 'models/shop/gates/strict', gate(0), { 'if-match': '*' });
    await judge();
    expect((await move()).version).toBe(1);
  }, 90_000);

  it('tells what happened through the notifier, with the text of its template', async () => {
    await client.call('POST', 'channels', {
      name: 'corner',
      notifier: 'corner-shop',
      events: ['job.finished'],
      target: { url: hookUrl, token: 'open sesame', template: '[{{severity}}] {{data.kind}}' },
    });
    await client.upload('more', 'more.csv', 'a,b\n1,2\n3,4\n5,6\n');
    await waitUntil(() => received.some(({ text }) => text === '[info] dataset.ingest' || /^\[info\] dataset/.test(text)), 30_000);
    expect(received[0]?.authorization).toBe('Bearer open sesame');
  }, 60_000);

  it.each(kinds)(
    'switches the %s off and on again without a restart',
    async (kind) => {
      await client.call('POST', `plugins/${idOf(kind)}/disable`);
      await settled(kind, 'disabled');
      await client.call('POST', `plugins/${idOf(kind)}/enable`);
      await settled(kind, 'active');
    },
    60_000,
  );

  it.each(kinds)(
    'updates the %s to a second version without asking for the same permissions again',
    async (kind) => {
      const file = join(pluginFolder(kind), 'package.json');
      await writeFile(file, (await readFile(file, 'utf8')).replace('"version": "0.1.0"', '"version": "0.2.0"'));
      await run('npm', ['pack'], pluginFolder(kind));
      expect(await install(tarball(kind, '0.2.0'))).toMatchObject({
        state: 'installed',
        version: '0.2.0',
        previousVersion: '0.1.0',
        needsConfirmation: false,
      });
      await settled(kind, 'active');
      expect((await plugin(kind)).version).toBe('0.2.0');
    },
    90_000,
  );

  it('still finds the features and the alias after the updates', async () => {
    const read = await client.call('POST', 'feature-stores/corner-shop/online-features', {
      features: ['shop:visits'],
      rows: [{ shop_id: 7 }],
    });
    expect(read.rows[0]).toMatchObject({ values: [3], statuses: ['present'] });
    expect((await client.call('GET', 'models/shop')).aliases.champion).toBe(1);
  });

  it('swaps the notifier in on each save while its author works on it', async () => {
    const author = spawn('npm', ['run', '--silent', 'dev'], {
      cwd: pluginFolder('notifier'),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: npm passes no signal on to what it started.
      detached: true,
      env: { ...process.env, CRISOL_URL: server.url, CRISOL_API_KEY: client.key },
    });
    let said = '';
    author.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    author.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const swaps = (mark: string) => said.split('\n').filter((line) => line.startsWith(mark)).length;
    const source = join(pluginFolder('notifier'), 'src/corner-shop.notifier.ts');
    const save = async (from: string, to: string) => writeFile(source, (await readFile(source, 'utf8')).replace(from, to));
    try {
      await waitUntil(() => swaps('✓ notifier-corner-shop 0.2.0 is active in 1 of 1 processes') === 1, 60_000);
      await save("title: 'Corner shop'", "title: 'Corner shop, closed'");
      await waitUntil(() => swaps('✓') === 2, 60_000);
      const { data } = await client.call('GET', 'notifiers');
      expect(data).toContainEqual(expect.objectContaining({ name: 'corner-shop', title: 'Corner shop, closed' }));
      await save('return {', 'return 1 {');
      await waitUntil(() => swaps('✗ The build failed:') === 1, 60_000);
      expect((await plugin('notifier')).state).toBe('active');
    } catch (error) {
      throw new Error(`npm run dev said:\n${said}`, { cause: error });
    } finally {
      const ended = once(author, 'close');
      process.kill(-(author.pid ?? 0), 'SIGTERM');
      await ended;
    }
  }, 200_000);

  it('says what needs a plugin before it is removed', async () => {
    await expect(client.call('DELETE', `plugins/${idOf('notifier')}`)).rejects.toThrow(/409.*corner/s);
  });

  it.each(kinds)(
    'removes the %s and leaves nothing behind but its history',
    async (kind) => {
      await client.call('DELETE', `plugins/${idOf(kind)}?force=true`);
      await expect(plugin(kind)).rejects.toThrow(/404/);
      const listed = await client.call('GET', 'plugins?limit=200');
      expect(listed.data.map(({ id }: { id: string }) => id)).not.toContain(idOf(kind));
      const { data } = await client.call('GET', `plugins/${idOf(kind)}/events?limit=100`);
      const types = new Set(data.map(({ type }: { type: string }) => type));
      expect([...['installed', 'disabled', 'enabled', 'updated', 'uninstalled'].filter((type) => !types.has(type))]).toEqual([]);
    },
    60_000,
  );

  it('gives a store that comes back nothing of what it kept before', async () => {
    await install(tarball('feature-store', '0.2.0'));
    await settled('feature-store', 'active');
    expect((await client.call('GET', 'feature-stores/corner-shop')).views).toEqual([]);
    await client.call('DELETE', `plugins/${idOf('feature-store')}?force=true`);
  }, 60_000);

  it('holds no file of a removed plugin', async () => {
    const left = async () => (await readdir(server.dataFolder, { recursive: true })).filter((path) => path.includes('corner-shop'));
    await waitUntil(async () => (await left()).length === 0, 30_000).catch(() => undefined);
    expect(await left()).toEqual([]);
  }, 40_000);
});
