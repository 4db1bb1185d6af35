import { describe, expect, it } from '@jest/globals';
import { PluginError, type Notifier, type Provided } from '@crisol/plugin-api';
import { z } from 'zod';
import { problem } from '../http/problem.js';
import { ActivePlugins } from './active-plugins.js';
import type { Health } from './call-guard/breaker.js';
import { PluginInstance } from './lifecycle/plugin-instance.js';

const send: Notifier['send'] = () => Promise.resolve({ deliveredAt: 1 });
const aNotifier = (changes: Partial<Notifier> = {}): Notifier => ({
  name: 'pigeon',
  title: 'Pigeon',
  target: z.strictObject({}),
  send,
  ...changes,
});

function anInstance(provided: Provided, generation = 1, settings = {}): PluginInstance {
  const manifest = {
    id: 'notifier-pigeon',
    kinds: ['notifier' as const],
    api: '^1.0',
    permissions: { hosts: [], secrets: [], datasets: [], commands: false, database: false, memoryMb: 512, cpus: 1 },
  };
  const found = { manifest, version: '1.0.0', description: '', entry: '/plugins/pigeon/index.js' };
  return new PluginInstance(found, generation, settings, provided, { end: () => Promise.resolve(), close: () => Promise.resolve() });
}

function aHost(provided: Provided = { notifiers: [aNotifier()] }) {
  let now = 0;
  const host = new ActivePlugins(() => now);
  const health: Health[] = [];
  host.onHealth((_id, changed) => health.push(changed));
  host.swap(anInstance(provided));
  const call = <T>(work: (signal: AbortSignal) => Promise<T>, deadlineMs = 1_000) => host.call('notifier-pigeon', 'send', deadlineMs, work);
  return { host, health, call, advance: (ms: number) => (now += ms) };
}
const failing = (error: unknown) => () => Promise.reject(error);

describe(ActivePlugins, () => {
  it.each([
    ['retry', 'plugin_call_failed'],
    ['rejected', 'plugin_call_failed'],
    ['internal', 'plugin_call_failed'],
    ['invalid_input', 'validation_failed'],
    ['refused_address', 'address_refused'],
    ['unusable_data', 'training_data_unusable'],
  ] as const)('gives a caller %s as %s, with the words and the cause of the plugin', async (code, expected) => {
    const thrown = new PluginError(code, 'The words.');
    await expect(aHost().call(failing(thrown))).rejects.toMatchObject({ code: expected, message: 'The words.', cause: thrown });
  });

  it('hides the words of anything else that a plugin throws', async () => {
    for (const thrown of [new TypeError('secret path /etc'), 'secret', null, undefined]) {
      const call = aHost().call(failing(thrown));
      await expect(call).rejects.toMatchObject({
        code: 'plugin_call_failed',
        message: 'Plugin notifier-pigeon failed at send; its log says more.',
      });
    }
  });

  it('lets problems of the host itself pass through', async () => {
    await expect(aHost().call(failing(problem('column_unknown')))).rejects.toMatchObject({ code: 'column_unknown' });
  });

  it('aborts a call at its deadline', async () => {
    let aborted = false;
    const call = aHost().call((signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject((aborted = true)))), 5);
    await expect(call).rejects.toMatchObject({ code: 'plugin_timed_out' });
    expect(aborted).toBe(true);
  });

  it('does not hold refusals of the other side against the plugin', async () => {
    const { call, health } = aHost();
    for (let i = 0; i < 20; i++) await call(failing(new PluginError('retry', 'It is down.'))).catch(() => undefined);
    expect(health).toEqual([]);
  });

  it('quarantines after ten faults, refuses calls until the cool-down is over, and heals at the first success', async () => {
    const { call, health, host, advance } = aHost();
    for (let i = 0; i < 10; i++) await call(failing(new Error('boom'))).catch(() => undefined);
    expect(health).toEqual(['degraded', 'quarantined']);
    expect(host.notifiers()).toEqual([]);
    await expect(call(() => Promise.resolve(1))).rejects.toMatchObject({ code: 'plugin_not_active' });
    advance(60_000);
    await expect(call(() => Promise.resolve(1))).resolves.toBe(1);
    expect(health.at(-1)).toBe('healthy');
  });

  it('leads a face that was handed out before a swap to the new instance, and disposes the old one only after its last call', async () => {
    const gate = Promise.withResolvers<void>();
    let disposed = false;
    const { host, call } = aHost({
      notifiers: [aNotifier({ send: () => gate.promise.then(() => ({ deliveredAt: 1 })) })],
      dispose: () => {
        disposed = true;
      },
    });
    const face = host.notifiers()[0]?.notifier ?? aNotifier();
    const message = { id: '', type: '', at: 0, severity: 'info', title: '', text: '', data: {} } as const;
    const old = call((signal) => face.send(message, {}, signal));
    const retired = host.swap(anInstance({ notifiers: [aNotifier({ send: () => Promise.resolve({ deliveredAt: 2 }) })] }, 2))?.retire();
    await expect(call((signal) => face.send(message, {}, signal))).resolves.toEqual({ deliveredAt: 2 });
    expect(disposed).toBe(false);
    gate.resolve();
    await expect(old).resolves.toEqual({ deliveredAt: 1 });
    await retired;
    expect(disposed).toBe(true);
  });

  it('names what exists when a reference is asked for that does not', () => {
    const { host } = aHost();
    expect(host.reference('notifier', 'pigeon')).toEqual({
      pluginId: 'notifier-pigeon',
      entry: '/plugins/pigeon/index.js',
      settings: {},
      isolation: 'in_process',
      permissions: { hosts: [], secrets: [], datasets: [], commands: false, database: false, memoryMb: 512, cpus: 1 },
      kind: 'notifier',
      name: 'pigeon',
    });
    expect(() => host.reference('notifier', 'owl')).toThrow('No active plugin brings the notifier owl. There are: pigeon.');
    expect(() => host.reference('model-type', 'owl')).toThrow('There is none at all.');
  });
});
