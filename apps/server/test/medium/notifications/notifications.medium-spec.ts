import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChannelUsers } from '../../../src/notifications/channel-users.js';
import { systemActor } from '../../../src/platform/auth/actor.js';
import { PluginUsers } from '../../../src/platform/plugins/plugin-users.js';
import { until } from '../jobs/ledger-world.js';
import { startPostgres, type TestPostgres } from '../jobs/start-postgres.js';
import { makePluginTables } from '../plugins/plugin-world.js';
import {
  everything,
  makeNotificationTables,
  openNotificationWorld,
  signingKey,
  startReceiver,
  type NotificationWorld,
  type Received,
} from './notification-world.js';

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** The signature made anew, as a receiver does; the library of the standard checks ours in the plugin's own spec. */
const expectedSignature = ({ headers, body }: Received): string => {
  const mac = createHmac('sha256', Buffer.from(signingKey.slice(6), 'base64'));
  return `v1,${mac.update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`;
};

describe('notifications', () => {
  let postgres: TestPostgres;
  /** Processes of one installation share it. */
  let dataFolder: string;
  const closing: { close(): Promise<unknown> }[] = [];
  const open = async (role?: 'all' | 'api'): Promise<NotificationWorld> => {
    const world = await openNotificationWorld(postgres, dataFolder, role);
    closing.unshift(world);
    return world;
  };
  const receive = async (answer?: (n: number) => number | Promise<number>): Promise<Receiver> => {
    const receiver = await startReceiver(answer);
    closing.push(receiver);
    return receiver;
  };
  const ended = (world: NotificationWorld, state: string) =>
    until(async () => (await world.deliveries()).find((row) => row.state === state));

  beforeAll(async () => {
    Logger.overrideLogger(false);
    dataFolder = await mkdtemp(join(tmpdir(), 'crisol-notifications-'));
    postgres = await startPostgres();
    await makePluginTables(postgres);
    await makeNotificationTables(postgres);
  }, 60_000);
  beforeEach(() => postgres.query('truncate plugin, plugin_process, channel, delivery'));
  afterEach(async () => {
    for (const thing of closing.splice(0)) await thing.close();
  });
  afterAll(async () => {
    await postgres.stop();
    await rm(dataFolder, { recursive: true });
  });

  it('delivers a signed webhook when a job ends', async () => {
    const [world, receiver] = [await open(), await receive()];
    await world.addChannel(receiver.url);
    await world.endJob('job.finished');
    const delivery = await ended(world, 'delivered');
    expect(receiver.received).toHaveLength(1);
    const [received] = receiver.received;
    expect(received && received.headers['webhook-signature']).toBe(received && expectedSignature(received));
    expect(received?.headers['webhook-id']).toBe(delivery.id);
    expect(JSON.parse(received?.body ?? '')).toMatchObject({
      type: 'job.finished',
      data: { id: 'job_1', title: 'penguins is done', severity: 'info', link: 'http://localhost:7070/console/jobs/job_1' },
    });
    expect((await world.channels.get('ops')).lastDelivery).toMatchObject({ state: 'delivered' });
  });

  it('shows what a channel would send before it is made, without its secrets', async () => {
    const world = await open('api');
    const target = { url: 'https://hooks.example.com/x', signingKey, titleTemplate: '[{{severity}}] {{title}} {{data.kind}}' };
    const preview = await world.previews.ofTarget({ notifier: 'webhook', target, event: 'job.failed' });
    expect(preview.contentType).toBe('application/json');
    expect(JSON.parse(preview.text)).toMatchObject({ type: 'job.failed', data: { title: '[critical] Train fraud failed model.train' } });
    const leaky = { ...target, titleTemplate: signingKey };
    const shown = await world.previews.ofTarget({ notifier: 'webhook', target: leaky, event: 'job.failed' });
    expect(shown.text).toContain('••••••••');
    expect(shown.text).not.toContain(signingKey);
    expect((await world.channels.list(everything)).data).toEqual([]);
  });

  it('shows what a stored channel would send, also with a target that leaves the secret out', async () => {
    const world = await open('api');
    await world.addChannel('https://hooks.example.com/x');
    expect((await world.previews.ofChannel('ops', { event: 'alias.moved' })).text).toContain('fraud@champion moved');
    const target = { url: 'https://hooks.example.com/x', textTemplate: 'Now {{data.to}}' };
    expect((await world.previews.ofChannel('ops', { event: 'alias.moved', target })).text).toContain('Now 7');
  });

  it('refuses a preview of a target that the notifier does not take, and of a notifier that nobody brings', async () => {
    const world = await open('api');
    const preview = (notifier: string, target: { url: string }) => world.previews.ofTarget({ notifier, target, event: 'job.finished' });
    await expect(preview('webhook', { url: 'nonsense' })).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(preview('pigeon', { url: 'https://x.example' })).rejects.toThrow('There are: webhook');
  });

  it('says which channels use a plugin', async () => {
    const world = await open('api');
    const channel = await world.addChannel('https://hooks.example.com/x');
    const users = new PluginUsers();
    new ChannelUsers(users, world.database).onModuleInit();
    const used = (kind: 'notifier' | 'validator', name: string) => users.of({ id: 'any', provides: [{ kind, name, title: name }] });
    expect(await used('notifier', 'webhook')).toEqual([{ kind: 'channel', id: channel.id, name: 'ops' }]);
    expect(await used('notifier', 'email')).toEqual([]);
    expect(await used('validator', 'webhook')).toEqual([]);
  });

  it('writes no delivery when the transaction of the event rolls back', async () => {
    const [world, receiver] = [await open(), await receive()];
    await world.addChannel(receiver.url);
    await expect(world.endJob('job.finished', true)).rejects.toThrow('rolled back');
    expect(await world.deliveries()).toEqual([]);
    expect(receiver.received).toEqual([]);
  });

  it('sends in another process what was committed by one that died before sending', async () => {
    const receiver = await receive();
    const dies = await open('api');
    await dies.addChannel(receiver.url);
    await dies.endJob('job.failed');
    expect(await dies.deliveries()).toMatchObject([{ state: 'pending', attempts: 0 }]);
    closing.splice(closing.indexOf(dies), 1);
    await dies.close();
    const next = await open();
    await ended(next, 'delivered');
    expect(receiver.received).toHaveLength(1);
  });

  it('sends what a process that was killed right after its commit had to say', async () => {
    const receiver = await receive();
    const first = await open('api');
    await first.addChannel(receiver.url);
    const program = fileURLToPath(new URL('./dies-after-commit.mjs', import.meta.url));
    const killed = spawn(process.execPath, [program, postgres.url], { stdio: 'inherit' });
    const signal = await new Promise((resolve) => killed.once('exit', (_code, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    expect(receiver.received).toEqual([]);
    const next = await open();
    await ended(next, 'delivered');
    expect(receiver.received).toHaveLength(1);
  });

  it('takes over a delivery whose sender died in the middle, under the same id', async () => {
    const [world, receiver] = [await open('api'), await receive()];
    await world.addChannel(receiver.url);
    await world.endJob('job.finished');
    const [before] = await world.deliveries();
    await postgres.query(`update delivery set attempts = 1, claimed_until = now() - interval '1 second'`);
    await world.sender.sendDue();
    expect(await world.deliveries()).toMatchObject([{ id: before?.id, state: 'delivered', attempts: 2 }]);
  });

  it('does not send one delivery twice when two senders look at the same time', async () => {
    const receiver = await receive();
    const worlds = [await open('api'), await open('api')];
    const [one] = worlds;
    await one?.addChannel(receiver.url);
    for (let i = 0; i < 20; i++) await one?.endJob('job.finished');
    await Promise.all(worlds.map((world) => world.sender.sendDue()));
    expect(receiver.received).toHaveLength(20);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(20);
  });

  it('tries again with growing waits under one id, and gives up after the last', async () => {
    const [world, receiver] = [await open('api'), await receive(() => 503)];
    await world.addChannel(receiver.url);
    await world.endJob('job.finished');
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      await world.hurry();
      await world.sender.sendDue();
      const [row] = await postgres.query<{ wait: number | null }>(
        'select round(extract(epoch from next_attempt_at - now()))::int as wait from delivery',
      );
      if (row?.wait) waits.push(row.wait);
    }
    expect(waits).toEqual([5, 60, 300, 1_800, 7_200, 21_600, 86_400]);
    expect(await world.deliveries()).toMatchObject([{ state: 'dead', attempts: 8, lastError: expect.stringContaining('503') }]);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('does not try again after a refusal, and sends once more when asked', async () => {
    const [world, receiver] = [await open(), await receive((n) => (n === 1 ? 400 : 204))];
    await world.addChannel(receiver.url);
    await world.endJob('job.finished');
    const dead = await ended(world, 'dead');
    await world.channels.resend(systemActor, 'ops', dead.id);
    await ended(world, 'delivered');
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([dead.id, dead.id]);
  });

  it('disables a channel whose receiver is gone', async () => {
    const [world, receiver] = [await open(), await receive(() => 410)];
    await world.addChannel(receiver.url);
    await world.endJob('job.finished');
    await ended(world, 'dead');
    expect((await world.channels.get('ops')).enabled).toBe(false);
  });

  it('sends a test message on demand', async () => {
    const [world, receiver] = [await open(), await receive()];
    const channel = await world.addChannel(receiver.url);
    await world.channels.test(systemActor, channel.id);
    await ended(world, 'delivered');
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ type: 'channel.tested' });
  });

  it('keeps the secrets of a target write-only and encrypted at rest, and keeps them through an edit', async () => {
    const [world, receiver] = [await open(), await receive()];
    const channel = await world.addChannel(receiver.url);
    expect(channel).toMatchObject({ target: { url: receiver.url }, targetSecretsSet: ['signingKey'] });
    await world.channels.update(systemActor, 'ops', { target: { url: `${receiver.url}/2` } }, channel.revision);
    expect(JSON.stringify([await postgres.query('select * from channel'), world.audit.entries])).not.toContain(signingKey);
    expect(JSON.stringify(await world.channels.list(everything))).not.toContain(signingKey);
    await world.channels.test(systemActor, 'ops');
    await ended(world, 'delivered');
    expect(receiver.received.map((received) => received.headers['webhook-signature'] === expectedSignature(received))).toEqual([true]);
  });

  it('refuses a target that the notifier does not take, by field, and a notifier that is not there', async () => {
    const world = await open();
    await expect(world.addChannel('nonsense', { target: { url: 'nonsense', colour: 'red' } })).rejects.toMatchObject({
      code: 'validation_failed',
      options: {
        errors: expect.arrayContaining([
          expect.objectContaining({ pointer: '/target/url' }),
          expect.objectContaining({ pointer: '/target/colour' }),
        ]),
      },
    });
    await expect(world.addChannel('https://example.com', { notifier: 'pigeon' })).rejects.toMatchObject({
      options: { errors: [{ pointer: '/notifier', message: 'There is no active notifier pigeon. There are: webhook.' }] },
    });
  });

  it('tells a second channel of the same name that the name is taken, and a stale edit that somebody was faster', async () => {
    const world = await open();
    await world.addChannel('https://example.com');
    await expect(world.addChannel('https://example.com')).rejects.toMatchObject({ code: 'name_taken' });
    await expect(world.channels.update(systemActor, 'ops', { enabled: false }, 9)).rejects.toMatchObject({ code: 'revision_mismatch' });
  });

  it('goes away with its deliveries when it is deleted', async () => {
    const world = await open('api');
    await world.addChannel('https://example.com');
    await world.endJob('job.finished');
    await world.channels.delete(systemActor, 'ops', undefined);
    expect(await postgres.query('select 1 from delivery')).toEqual([]);
    await expect(world.channels.get('ops')).rejects.toMatchObject({ code: 'not_found' });
  });
});
