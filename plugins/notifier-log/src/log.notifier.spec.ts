import { describe, expect, it } from '@jest/globals';
import { aMessage, createPluginHarness } from '@crisol/plugin-testing';
import { LogTarget } from './log.settings.js';
import plugin from './plugin.js';

async function written(changes: object, message = aMessage()) {
  const { provided, fakes } = createPluginHarness(plugin);
  await provided.notifiers?.[0]?.send(message, LogTarget.parse(changes), new AbortController().signal);
  return fakes.log.lines;
}

describe('the log notifier', () => {
  it('writes one line with the facts beside it', async () => {
    expect(await written({})).toEqual([
      {
        level: 'info',
        message: 'Training is done: The job ended as succeeded.',
        fields: { messageId: aMessage().id, type: 'job.finished', severity: 'info', link: aMessage().link },
      },
    ]);
  });

  it.each([
    ['info', 'info'],
    ['warning', 'warn'],
    ['critical', 'error'],
  ] as const)('logs what is %s as %s', async (severity, level) => {
    expect(await written({}, aMessage({ severity }))).toMatchObject([{ level }]);
  });

  it('keeps to the level that was chosen', async () => {
    expect(await written({ level: 'debug' }, aMessage({ severity: 'critical' }))).toMatchObject([{ level: 'debug' }]);
  });

  it('puts a name with line breaks on one line', async () => {
    expect(await written({ textTemplate: '{{title}}' }, aMessage({ title: 'a\r\nERROR forged' }))).toMatchObject([
      { message: 'a ERROR forged' },
    ]);
  });
});
