import { describe, expect, it } from '@jest/globals';
import { aMessage, createPluginHarness } from '@crisol/plugin-testing';
import { z } from 'zod';
import { PagerDutyTarget } from './pagerduty.settings.js';
import plugin from './plugin.js';

const routingKey = '0123456789abcdef0123456789abcdef';

/** Parameters and limits as the vendor's page "Send an Alert Event" (Events API v2) lists them. */
const TriggerEvent = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.literal('trigger'),
  dedup_key: z.string().min(1).max(255),
  payload: z.strictObject({
    summary: z.string().min(1).max(1024),
    source: z.string().min(1),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime(),
    component: z.string().optional(),
    class: z.string(),
    custom_details: z.record(z.string(), z.unknown()),
  }),
  client: z.string(),
  client_url: z.url().optional(),
  links: z.array(z.strictObject({ href: z.url(), text: z.string() })).optional(),
});
const ResolveEvent = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.literal('resolve'),
  dedup_key: z.string().min(1).max(255),
});

function open(changes: object = {}) {
  const { provided, fakes } = createPluginHarness(plugin);
  const notifier = provided.notifiers?.[0];
  if (!notifier) throw new Error('there is no notifier');
  fakes.http.answer = { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"k"}' };
  const target = PagerDutyTarget.parse({ routingKey, ...changes });
  return {
    fakes,
    send: (message = aMessage()) => notifier.send(message, target, new AbortController().signal),
    preview: () => notifier.preview?.(aMessage(), target),
    sent: () => fakes.http.requests.map(({ body }): unknown => JSON.parse(body)),
  };
}

describe('the PagerDuty notifier', () => {
  it('triggers under the id of the message, so that a second attempt makes no second incident', async () => {
    const { send, sent, fakes } = open({ component: 'fraud' });
    await expect(send(aMessage({ severity: 'critical', data: { model: 'fraud' } }))).resolves.toMatchObject({ reference: 'k' });
    expect(fakes.http.requests[0]?.url).toBe('https://events.pagerduty.com/v2/enqueue');
    expect(TriggerEvent.parse(sent()[0])).toEqual({
      routing_key: routingKey,
      event_action: 'trigger',
      dedup_key: aMessage().id,
      payload: {
        summary: 'Training is done',
        source: 'crisol',
        severity: 'critical',
        timestamp: '2026-01-01T00:00:00.000Z',
        component: 'fraud',
        class: 'job.finished',
        custom_details: { text: 'The job ended as succeeded.', model: 'fraud' },
      },
      client: 'Crisol',
      client_url: aMessage().link,
      links: [{ href: aMessage().link, text: 'Open in Crisol' }],
    });
  });

  it.each(['info', 'warning', 'critical'] as const)('says %s as PagerDuty does', async (severity) => {
    const { send, sent } = open();
    await send(aMessage({ severity }));
    expect(TriggerEvent.parse(sent()[0]).payload.severity).toBe(severity);
  });

  it('resolves with the key with which the alert was triggered', async () => {
    const { send, sent } = open();
    const data = { id: 'al_1', key: 'rule_7/fraud' };
    await send(aMessage({ id: 'dlv_1', type: 'alert.firing', data }));
    await send(aMessage({ id: 'dlv_2', type: 'alert.resolved', data }));
    expect(TriggerEvent.parse(sent()[0]).dedup_key).toBe('rule_7/fraud');
    expect(ResolveEvent.parse(sent()[1])).toEqual({ routing_key: routingKey, event_action: 'resolve', dedup_key: 'rule_7/fraud' });
  });

  it('takes the id of an alert without a key', async () => {
    const { send, sent } = open();
    await send(aMessage({ type: 'alert.resolved', data: { id: 'al_1' } }));
    expect(sent()[0]).toMatchObject({ dedup_key: 'al_1' });
  });

  it('keeps to the limits of summary and key', async () => {
    const { send, sent } = open({ summaryTemplate: '{{text}}' });
    await send(aMessage({ type: 'alert.firing', text: 'x'.repeat(5_000), data: { key: 'k'.repeat(900) } }));
    TriggerEvent.parse(sent()[0]);
  });

  it('calls the door of the region', async () => {
    const { send, fakes } = open({ region: 'eu' });
    await send();
    expect(fakes.http.requests[0]?.url).toBe('https://events.eu.pagerduty.com/v2/enqueue');
  });

  it('passes on why an event was refused', async () => {
    const { send, fakes } = open();
    const body = '{"status":"invalid event","message":"Event object is invalid","errors":["\'payload\' is missing"]}';
    fakes.http.answer = { status: 400, body };
    await expect(send()).rejects.toMatchObject({ code: 'rejected', message: "PagerDuty answered 400: 'payload' is missing." });
  });

  it('waits when it is told that there were too many', async () => {
    const { send, fakes } = open();
    fakes.http.answer = { status: 429, headers: { 'retry-after': '60' } };
    await expect(send()).rejects.toMatchObject({ code: 'retry', retryAfterSeconds: 60 });
  });

  it('never shows the integration key', () => {
    expect(open().preview()).not.toContain(routingKey);
  });

  it.each([[{ routingKey: 'short' }], [{ routingKey, region: 'mars' }], [{ routingKey, colour: 'red' }]])(
    'refuses the target %j',
    (wrong) => {
      expect(PagerDutyTarget.safeParse(wrong).success).toBe(false);
    },
  );
});
