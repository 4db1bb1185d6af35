import { describe, expect, it } from '@jest/globals';
import { aMessage, createPluginHarness } from '@crisol/plugin-testing';
import { z } from 'zod';
import { AlertmanagerTarget } from './alertmanager.settings.js';
import plugin from './plugin.js';

/** `postableAlerts` of the Alertmanager's OpenAPI document, version 2: a label set is a map of strings, times are RFC 3339. */
const PostableAlerts = z
  .array(
    z.strictObject({
      labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
      annotations: z.record(z.string(), z.string()),
      startsAt: z.iso.datetime().optional(),
      endsAt: z.iso.datetime(),
      generatorURL: z.url().optional(),
    }),
  )
  .length(1);

function open(changes: object = {}) {
  const { provided, fakes } = createPluginHarness(plugin);
  const notifier = provided.notifiers?.[0];
  if (!notifier) throw new Error('there is no notifier');
  const target = AlertmanagerTarget.parse({ url: 'https://alertmanager.example.com/', ...changes });
  return {
    fakes,
    send: (message = aMessage()) => notifier.send(message, target, new AbortController().signal),
    preview: () => notifier.preview?.(aMessage(), target),
    sent: (n = 0) => PostableAlerts.parse(JSON.parse(fakes.http.requests[n]?.body ?? ''))[0],
  };
}

describe('the Alertmanager notifier', () => {
  it('posts an alert for an event, which ends by itself', async () => {
    const { send, sent, fakes } = open({ labels: { team: 'risk' } });
    await send(aMessage({ type: 'job.failed', severity: 'critical' }));
    expect(fakes.http.requests[0]?.url).toBe('https://alertmanager.example.com/api/v2/alerts');
    expect(sent()).toEqual({
      labels: { team: 'risk', alertname: 'CrisolJobFailed', severity: 'critical', crisol_event: 'job.failed', crisol_key: aMessage().id },
      annotations: {
        summary: 'Training is done',
        description: 'The job ended as succeeded.',
        severity: 'critical',
        message_id: aMessage().id,
      },
      startsAt: '2026-01-01T00:00:00.000Z',
      endsAt: '2026-01-01T00:15:00.000Z',
      generatorURL: aMessage().link,
    });
  });

  it('gives the resolved alert the very labels of the firing one, and an end', async () => {
    const { send, sent } = open();
    const data = { id: 'al_1', rule: 'drift of age', severity: 'critical', firedAt: '2026-01-01T00:00:00.000Z' };
    const at = Date.UTC(2026, 0, 1, 1);
    await send(aMessage({ id: 'dlv_1', type: 'alert.firing', severity: 'critical', data }));
    await send(aMessage({ id: 'dlv_2', type: 'alert.resolved', severity: 'info', at, data }));
    expect(sent(0)?.labels).toEqual({ alertname: 'drift of age', severity: 'critical', crisol_event: 'alert', crisol_key: 'al_1' });
    expect(sent(1)?.labels).toEqual(sent(0)?.labels);
    expect(sent(0)).toMatchObject({ startsAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-02T00:00:00.000Z' });
    expect(sent(1)).toMatchObject({ startsAt: '2026-01-01T00:00:00.000Z', endsAt: '2026-01-01T01:00:00.000Z' });
  });

  it('leaves the severity out of the labels of an alert that does not carry it, since it differs between the two messages', async () => {
    const { send, sent } = open();
    await send(aMessage({ type: 'alert.resolved', data: { id: 'al_1' } }));
    expect(sent()?.labels).toEqual({ alertname: 'CrisolAlert', crisol_event: 'alert', crisol_key: 'al_1' });
    expect(sent()?.startsAt).toBeUndefined();
  });

  it.each([
    [{ auth: 'basic', username: 'crisol', password: 'pa:ss' }, 'Basic Y3Jpc29sOnBhOnNz'],
    [{ auth: 'bearer', token: 'abc' }, 'Bearer abc'],
    [{ password: 'left over' }, undefined],
  ])('signs in as told: %j', async (changes, authorization) => {
    const { send, fakes } = open(changes);
    await send();
    expect(fakes.http.requests[0]?.headers['authorization']).toBe(authorization);
  });

  it('passes on why an alert was refused', async () => {
    const { send, fakes } = open();
    fakes.http.answer = { status: 400, body: '"start time must be before end time"\n' };
    await expect(send()).rejects.toMatchObject({
      code: 'rejected',
      message: 'The Alertmanager answered 400: "start time must be before end time".',
    });
  });

  it.each([
    [{ auth: 'basic', username: 'crisol' }],
    [{ auth: 'bearer' }],
    [{ auth: 'bearer', token: 'line\r\nbreak' }],
    [{ labels: { alertname: 'mine' } }],
    [{ labels: { 'not a name': 'x' } }],
  ])('refuses the target %j', (changes) => {
    expect(AlertmanagerTarget.safeParse({ url: 'https://alertmanager.example.com', ...changes }).success).toBe(false);
  });

  it('shows no secret in the preview', () => {
    expect(open({ auth: 'basic', username: 'crisol', password: 'hidden' }).preview()).not.toContain('hidden');
  });
});
