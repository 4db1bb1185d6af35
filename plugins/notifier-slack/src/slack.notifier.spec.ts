import { describe, expect, it } from '@jest/globals';
import { aMessage, createPluginHarness } from '@crisol/plugin-testing';
import plugin from './plugin.js';
import { SlackTarget } from './slack.settings.js';

const url = 'https://hooks.slack.com/services/T0/B0/secret';
function open(changes: object = {}) {
  const { provided, fakes } = createPluginHarness(plugin);
  const notifier = provided.notifiers?.[0];
  if (!notifier) throw new Error('there is no notifier');
  const target = SlackTarget.parse({ url, ...changes });
  return {
    fakes,
    send: (message = aMessage()) => notifier.send(message, target, new AbortController().signal),
    preview: () => notifier.preview?.(aMessage(), target),
    sent: () => JSON.parse(fakes.http.requests[0]?.body ?? ''),
  };
}

describe('the Slack notifier', () => {
  it('posts one attachment with colour, title, link, text and time, which Slack, Mattermost and Rocket.Chat draw', async () => {
    const { send, sent, fakes } = open();
    await send(aMessage({ severity: 'critical' }));
    expect(fakes.http.requests).toMatchObject([{ method: 'POST', url, headers: { 'content-type': 'application/json; charset=utf-8' } }]);
    expect(sent()).toEqual({
      attachments: [
        {
          color: '#c4302b',
          fallback: 'Training is done: The job ended as succeeded.',
          title: 'Training is done',
          title_link: aMessage().link,
          text: 'The job ended as succeeded.',
          mrkdwn_in: ['text'],
          footer: 'Crisol · job.finished',
          ts: Date.UTC(2026, 0, 1) / 1000,
        },
      ],
    });
  });

  it('names a room and a sender only where the operator did', async () => {
    const { send, sent } = open({ channel: 'ml-alerts', username: 'Crisol' });
    await send();
    expect(sent()).toMatchObject({ channel: 'ml-alerts', username: 'Crisol' });
  });

  it('takes the marks with which Slack calls people out of values, and leaves those of the template', async () => {
    const { send, sent } = open({ textTemplate: '<!here> {{title}} & {{data.who}}' });
    await send(aMessage({ title: '<!channel> a&b', data: { who: '<@U1>' } }));
    expect(sent().attachments[0].text).toBe('<!here> &lt;!channel&gt; a&amp;b & &lt;@U1&gt;');
  });

  it('cuts a long text', async () => {
    const { send, sent } = open();
    await send(aMessage({ text: 'x'.repeat(10_000) }));
    expect(sent().attachments[0].text).toHaveLength(4_000);
  });

  it.each([
    [403, 'action_prohibited', { code: 'rejected', gone: false, message: 'The receiver answered 403 (action_prohibited).' }],
    [410, 'channel_is_archived', { code: 'rejected', gone: true }],
    [400, '<html>no word of theirs</html>', { code: 'rejected', message: 'The receiver answered 400.' }],
    [429, 'rate_limited', { code: 'retry', retryAfterSeconds: 30 }],
    [500, 'rollup_error', { code: 'retry' }],
  ])('reads %d %s', async (status, body, expected) => {
    const { send, fakes } = open();
    fakes.http.answer = { status, body, headers: { 'retry-after': '30' } };
    await expect(send()).rejects.toMatchObject(expected);
  });

  it('shows what would be sent, without the address', () => {
    const text = open().preview();
    expect(text).toContain('Training is done');
    expect(text).not.toContain('secret');
  });
});
