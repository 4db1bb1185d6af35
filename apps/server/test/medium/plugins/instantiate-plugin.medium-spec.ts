import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { instantiatePlugin } from '../../../src/platform/plugins/child/instantiate-plugin.js';
import { aJobContext } from '../../builders/a-job-context.js';
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
const noTables = { read: () => Promise.reject(new Error('no tables')), write: () => Promise.reject(new Error('no tables')) };
const facts = { allowPrivateAddresses: false, commandPath: '/usr/bin:/bin' };
const context = (answers: Record<string, unknown> = {}) =>
  aJobContext({ ask: (topic) => Promise.resolve(topic === 'plugin.facts' ? facts : (answers[topic] ?? null)) });
const message = { id: 'dlv_1', type: 'job.finished', at: 0, severity: 'info', title: '', text: '', data: {} } as const;

describe(instantiatePlugin, () => {
  it('makes an instance without a database, from plain data', async () => {
    const { notifiers } = await instantiatePlugin(reference('with-settings', { greeting: 'hi', times: 3 }), context(), noTables);
    await expect(notifiers?.[0]?.send(message, {}, new AbortController().signal)).resolves.toMatchObject({ reference: 'hihihi' });
  });

  it('makes one in a process below its own when the plugin runs isolated', async () => {
    const isolated = { ...reference('with-key-value'), isolation: 'isolated' } as const;
    const { notifiers, dispose } = await instantiatePlugin(isolated, context({ 'plugin.valueGet': 4 }), noTables);
    await expect(notifiers?.[0]?.send(message, {}, new AbortController().signal)).resolves.toMatchObject({ reference: '5' });
    await dispose?.();
  }, 60_000);

  it('says which setting is wrong', async () => {
    await expect(instantiatePlugin(reference('with-settings', { times: 0 }), context(), noTables)).rejects.toThrow(/greeting.*times/);
  });

  it('says what broke while loading', async () => {
    await expect(instantiatePlugin(reference('fails-at-import'), context(), noTables)).rejects.toThrow('the module has a bug on line 1');
  });

  it('keeps its values with the worker', async () => {
    const { notifiers } = await instantiatePlugin(reference('with-key-value'), context({ 'plugin.valueGet': 4 }), noTables);
    await expect(notifiers?.[0]?.send(message, {}, new AbortController().signal)).resolves.toMatchObject({ reference: '5' });
  });
});
