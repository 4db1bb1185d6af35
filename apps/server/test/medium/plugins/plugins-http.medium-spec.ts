import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PluginDetail, PluginEventPage, PluginInstall, PluginLog, PluginPage, PluginStats, Problem } from '@crisol/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { ServingWorld } from '../serving/serving-world.js';
import { pluginTarball, type PluginText } from './make-tarball.js';
import { fixture } from './plugin-world.js';

const ID = 'notifier-parcel';

describe('the routes of plugins', () => {
  let world: ServingWorld;
  let key: string;

  beforeAll(async () => {
    world = await ServingWorld.open([fixture('with-dispose')]);
    key = await world.key(['plugins:admin', 'notifications:read', 'notifications:write']);
  }, 90_000);
  afterAll(() => world.close(), 60_000);

  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, as = key) {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${world.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        ...(isForm || body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }
  /** The answer, which is what the contract says and nothing else. */
  async function told<Schema extends z.ZodType>(
    schema: Schema,
    status: number,
    ...request: Parameters<typeof ask>
  ): Promise<z.output<Schema>> {
    const answer = await ask(...request);
    if (answer.status !== status) throw new Error(`${request[0]} ${request[1]} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return schema.parse(answer.body);
  }
  const send = async (text: PluginText = {}): Promise<PluginInstall> => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(pluginTarball(text))]), 'parcel.tgz');
    let install = await told(PluginInstall, 202, 'POST', 'plugins/installs', form);
    while (install.state === 'fetching') {
      await delay(50);
      install = await told(PluginInstall, 200, 'GET', `plugins/installs/${install.id}`);
    }
    return install;
  };

  it('install, show, use, explain and remove a plugin', async () => {
    const install = await send({ send: "log.info('sent one'); return { deliveredAt: 0 };" });
    expect(install).toMatchObject({ state: 'staged', source: { type: 'upload', location: 'parcel.tgz' } });
    const confirmation = { permissions: install.permissions, isolation: 'in_process' };
    await told(PluginInstall, 200, 'POST', `plugins/installs/${install.id}/confirm`, confirmation);
    const { data, safeMode } = await told(PluginPage, 200, 'GET', 'plugins');
    expect([safeMode, data.map(({ id, installed }) => [id, installed])]).toEqual([
      false,
      [
        [ID, true],
        ['with-dispose', false],
      ],
    ]);
    const channel = await ask('POST', 'channels', { name: 'ops', notifier: 'parcel', events: ['job.finished'], target: {} });
    const { id } = channel.body as { id: string };
    await ask('POST', `channels/${id}/test`);
    let calls = 0;
    while (calls === 0) {
      await delay(50);
      calls = (await told(PluginStats, 200, 'GET', `plugins/${ID}/stats?minutes=5`)).total.calls;
    }
    expect((await told(PluginLog, 200, 'GET', `plugins/${ID}/logs?level=info`)).data).toMatchObject([{ message: 'sent one' }]);
    const shown = await told(PluginDetail, 200, 'GET', `plugins/${ID}`);
    expect(shown).toMatchObject({
      calls: { total: 1, errors: 0 },
      usedBy: [{ kind: 'channel', id, name: 'ops' }],
      package: { sha512: install.sha512 },
    });
    const refused = await told(Problem, 409, 'DELETE', `plugins/${ID}`);
    expect(refused).toMatchObject({ code: 'still_in_use', usedBy: [{ kind: 'channel', name: 'ops' }] });
    expect((await ask('DELETE', `plugins/${ID}?force=true`)).status).toBe(204);
    expect((await told(Problem, 404, 'GET', `plugins/${ID}`)).code).toBe('plugin_unknown');
    const events = await told(PluginEventPage, 200, 'GET', `plugins/${ID}/events?limit=2`);
    expect(events.data[0]).toMatchObject({ type: 'uninstalled' });
    const further = await told(PluginEventPage, 200, 'GET', `plugins/${ID}/events?limit=200&cursor=${events.nextCursor}`);
    expect(further.data.at(-1)).toMatchObject({ type: 'installed', version: '1.0.0' });
  }, 60_000);

  it('answer the same start once for one Idempotency-Key', async () => {
    const body = { source: { type: 'folder', path: '/nowhere' } };
    const [one, again] = [
      await told(PluginInstall, 202, 'POST', 'plugins/installs', body, { 'idempotency-key': 'same' }),
      await told(PluginInstall, 202, 'POST', 'plugins/installs', body, { 'idempotency-key': 'same' }),
    ];
    expect(again.id).toBe(one.id);
  });

  it('throw an install away, and take no confirmation of it any more', async () => {
    const install = await send();
    expect((await ask('DELETE', `plugins/installs/${install.id}`)).status).toBe(204);
    expect((await told(PluginInstall, 200, 'GET', `plugins/installs/${install.id}`)).state).toBe('discarded');
    const late = await told(Problem, 409, 'POST', `plugins/installs/${install.id}/confirm`, { permissions: install.permissions });
    expect(late.code).toBe('install_not_staged');
  }, 30_000);

  it.each([
    ['POST', 'plugins/installs', { source: { type: 'npm', name: '--registry', version: '1.0.0' } }, 422, 'validation_failed'],
    ['POST', 'plugins/installs', { source: { type: 'npm', name: 'x', version: '../y' } }, 422, 'validation_failed'],
    ['POST', 'plugins/installs', { source: { type: 'git', url: 'x' } }, 422, 'validation_failed'],
    ['POST', 'plugins/installs', undefined, 422, 'validation_failed'],
    ['POST', 'plugins/installs', new FormData(), 422, 'validation_failed'],
    ['GET', 'plugins/installs/plg_01j8000000e008000000000001', undefined, 404, 'not_found'],
    ['DELETE', 'plugins/with-dispose', undefined, 409, 'plugin_listed'],
    ['PUT', 'plugins/with-dispose/isolation', { mode: 'open' }, 422, 'validation_failed'],
    ['GET', 'plugins/nobody/events', undefined, 404, 'plugin_unknown'],
    ['GET', 'plugins/nobody/stats', undefined, 404, 'plugin_unknown'],
    ['GET', 'plugins/nobody/logs', undefined, 404, 'plugin_unknown'],
    ['GET', 'plugins?cursor=%C3%B1', undefined, 400, 'invalid_cursor'],
    ['GET', 'plugins/%00', undefined, 400, 'malformed_request'],
    ['POST', 'plugins/installs', { source: { type: 'folder', path: '/tmp/a\0b' } }, 400, 'malformed_request'],
    ['GET', 'plugins/with-dispose/events?cursor=eA', undefined, 400, 'invalid_cursor'],
    ['GET', 'plugins/with-dispose/stats?minutes=0', undefined, 422, 'validation_failed'],
  ])('refuse %s %s with %p', async (method, path, body, status, code) => {
    expect((await told(Problem, status, method, path, body)).code).toBe(code);
  });

  it('ask for plugins:admin', async () => {
    const reader = await world.key(['datasets:read']);
    for (const [method, path] of [
      ['POST', 'plugins/installs'],
      ['GET', 'plugins/with-dispose/logs'],
      ['DELETE', 'plugins/with-dispose'],
    ] as const) {
      const answer = await ask(method, path, undefined, {}, reader);
      expect([path, answer.status]).toEqual([path, 403]);
    }
  });
});
