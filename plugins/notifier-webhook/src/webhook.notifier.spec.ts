import { describe, expect, it } from '@jest/globals';
import { PluginError, type HttpAnswer, type HttpOptions, type NotificationMessage, type PluginHttpClient } from '@crisol/plugin-api';
import { Webhook } from 'standardwebhooks';
import { signature } from './signature.js';
import { webhookNotifier } from './webhook.notifier.js';
import { WebhookTarget } from './webhook.settings.js';

const signingKey = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const target = WebhookTarget.parse({ url: 'https://hooks.example.com/crisol', signingKey });
const message: NotificationMessage = {
  id: 'dlv_01',
  type: 'job.finished',
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
  severity: 'info',
  title: 'Training is done',
  text: 'The model.train job ended as succeeded.',
  data: { id: 'job_01' },
  link: 'https://crisol.example/console/jobs/job_01',
};

/** A receiver that answers as told and keeps what came. */
function receiver(status = 204, headers: Record<string, string> = {}) {
  const seen: { method: string; url: string; options: HttpOptions }[] = [];
  const http: PluginHttpClient = {
    request(method, url, options = {}) {
      seen.push({ method, url, options });
      const answer: HttpAnswer = { status, headers, body: new Uint8Array(), text: () => '', json: () => null };
      return Promise.resolve(answer);
    },
  };
  return { http, seen };
}
const clock = { now: () => Date.now() };
const send = (http: PluginHttpClient, changes: Partial<WebhookTarget> = {}) =>
  webhookNotifier(http, clock).send(message, { ...target, ...changes }, new AbortController().signal);

describe(webhookNotifier, () => {
  it('signs as the published vector says', () => {
    expect(signature(signingKey, 'msg_01', 1_790_000_000, '{"type":"alias.moved"}')).toBe(
      'v1,f4Wy0mfzmD4KQm0rXFES7IFyCJTO/hFIAaW2qdXbsok=',
    );
  });

  it('posts a body that a Standard Webhooks library verifies', async () => {
    const { http, seen } = receiver();
    await send(http);
    const body = String(seen[0]?.options.body);
    const verified = new Webhook(signingKey).verify(body, { ...seen[0]?.options.headers });
    expect(verified).toEqual({
      type: 'job.finished',
      timestamp: '2026-01-02T03:04:05.000Z',
      data: { id: 'job_01', title: message.title, text: message.text, severity: 'info', link: message.link },
    });
    expect(() => new Webhook(signingKey).verify(`${body} `, { ...seen[0]?.options.headers })).toThrow();
  });

  it('signs with both keys while the key changes, so that a receiver with either of them verifies', async () => {
    const former = `whsec_${Buffer.from('former key of at least 24 bytes').toString('base64')}`;
    const { http, seen } = receiver();
    await send(http, { previousSigningKey: former });
    const { body, headers } = seen[0]?.options ?? {};
    expect(headers?.['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const key of [signingKey, former]) {
      expect(new Webhook(key).verify(String(body), { ...headers })).toMatchObject({ type: 'job.finished' });
    }
    const stranger = `whsec_${Buffer.from('a stranger of at least 24 bytes').toString('base64')}`;
    expect(() => new Webhook(stranger).verify(String(body), { ...headers })).toThrow('No matching signature');
  });

  it('fills the templates of the channel', async () => {
    const { http, seen } = receiver();
    await send(http, { titleTemplate: '[{{severity}}] {{title}}', textTemplate: '{{data.id}} {{data.missing}}.' });
    expect(JSON.parse(String(seen[0]?.options.body)).data).toMatchObject({ title: '[info] Training is done', text: 'job_01 .' });
  });

  it('waits ten seconds at most and names the delivery as the webhook id', async () => {
    const { http, seen } = receiver();
    await send(http, { headers: { 'x-team': 'risk' } });
    expect(seen).toMatchObject([
      { method: 'POST', url: target.url, options: { timeoutMs: 10_000, headers: { 'webhook-id': 'dlv_01', 'x-team': 'risk' } } },
    ]);
  });

  it.each([500, 502, 503, 429, 408])('says that another try makes sense after %d', async (status) => {
    await expect(send(receiver(status, { 'retry-after': '120' }).http)).rejects.toMatchObject({ code: 'retry', retryAfterSeconds: 120 });
  });

  it.each([301, 400, 401, 404, 422])('says that no other try makes sense after %d', async (status) => {
    await expect(send(receiver(status).http)).rejects.toMatchObject({ code: 'rejected', gone: false });
  });

  it('says after 410 that the receiver is gone for good', async () => {
    await expect(send(receiver(410).http)).rejects.toMatchObject({ code: 'rejected', gone: true });
  });

  it('lets the network guard speak for itself', async () => {
    const http = { request: () => Promise.reject(new PluginError('refused_address', 'not a public address')) };
    await expect(send(http)).rejects.toMatchObject({ code: 'refused_address' });
  });

  it('shows the body without sending it', () => {
    const { http, seen } = receiver();
    expect(webhookNotifier(http, clock).preview?.(message, target)).toContain('"title": "Training is done"');
    expect(seen).toEqual([]);
  });
});

describe('WebhookTarget', () => {
  it.each([
    [{ ...target, url: 'ftp://example.com' }],
    [{ ...target, url: 'nonsense' }],
    [{ ...target, signingKey: 'whsec_c2hvcnQ=' }],
    [{ ...target, signingKey: 'secret' }],
    [{ ...target, headers: { 'Webhook-Signature': 'v1,x' } }],
    [{ ...target, headers: { 'x-a': 'line\r\nbreak' } }],
    [{ ...target, previousSigningKey: 'whsec_c2hvcnQ=' }],
    [{ ...target, colour: 'red' }],
  ])('refuses %j', (wrong) => {
    expect(WebhookTarget.safeParse(wrong).success).toBe(false);
  });
});
