import { describe, expect, it } from '@jest/globals';
import { FakeLogger } from '@crisol/plugin-testing';
import { join } from 'node:path';
import { instantiatePlugin } from '../../../src/platform/plugins/child/instantiate-plugin.js';
import { fixture } from './plugin-world.js';

const permissions = { hosts: [], secrets: [], datasets: [], commands: false, database: false, memoryMb: 512, cpus: 1 };
const reference = (id: string, settings: Record<string, unknown> = {}) =>
  ({
    pluginId: id,
    entry: join(fixture(id), 'index.js'),
    settings,
    isolation: 'in_process',
    permissions,
    kind: 'notifier',
    name: id,
  }) as const;
const message = { id: 'dlv_1', type: 'job.finished', at: 0, severity: 'info', title: '', text: '', data: {} } as const;

describe(instantiatePlugin, () => {
  it('makes an instance without a database, from plain data', async () => {
    const { notifiers } = await instantiatePlugin(reference('with-settings', { greeting: 'hi', times: 3 }), new FakeLogger());
    await expect(notifiers?.[0]?.send(message, {}, new AbortController().signal)).resolves.toMatchObject({ reference: 'hihihi' });
  });

  it('says which setting is wrong', async () => {
    await expect(instantiatePlugin(reference('with-settings', { times: 0 }), new FakeLogger())).rejects.toThrow(/\/greeting.*\/times/);
  });

  it('says what broke while loading', async () => {
    await expect(instantiatePlugin(reference('fails-at-import'), new FakeLogger())).rejects.toThrow('the module has a bug on line 1');
  });

  it('gives a job no key-value store', async () => {
    const { notifiers } = await instantiatePlugin(reference('with-key-value'), new FakeLogger());
    await expect(notifiers?.[0]?.send(message, {}, new AbortController().signal)).rejects.toThrow(
      'Inside a job there is no key-value store.',
    );
  });
});
