import { describe, expect, it } from '@jest/globals';
import { aMessage, createPluginHarness } from '@crisol/plugin-testing';
import { z } from 'zod';
import { cardMessage } from './adaptive-card.js';
import plugin from './plugin.js';
import { TeamsTarget } from './teams.settings.js';

const url = 'https://prod-00.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=secret';
const target = TeamsTarget.parse({ url });

/** The elements of the Adaptive Card schema 1.4 that a card of ours may hold, with the fields that the schema knows. */
const TextRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string(),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  color: z.enum(['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention']).optional(),
});
const Element = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('RichTextBlock'), inlines: z.array(TextRun).min(1) }),
  z.strictObject({ type: z.literal('FactSet'), facts: z.array(z.strictObject({ title: z.string(), value: z.string() })).min(1) }),
]);
const WorkflowMessage = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        type: z.literal('AdaptiveCard'),
        version: z.literal('1.4'),
        msteams: z.strictObject({ width: z.literal('Full') }),
        fallbackText: z.string(),
        body: z.array(Element).min(1),
        actions: z.array(z.strictObject({ type: z.literal('Action.OpenUrl'), title: z.string(), url: z.url() })).optional(),
      }),
    }),
  ]),
});
const cardOf = (message = aMessage(), changes: object = {}) =>
  WorkflowMessage.parse(cardMessage(message, { ...target, ...changes })).attachments[0].content;
const send = (answer: { status: number; headers?: Record<string, string> }) => {
  const { provided, fakes } = createPluginHarness(plugin);
  fakes.http.answer = answer;
  return { fakes, done: provided.notifiers?.[0]?.send(aMessage(), target, new AbortController().signal) };
};

describe('the Teams notifier', () => {
  it('posts one Adaptive Card with title, text, facts and a button', async () => {
    const { fakes, done } = send({ status: 202, headers: { 'x-ms-workflow-run-id': '0858' } });
    await expect(done).resolves.toMatchObject({ reference: '0858' });
    const card = WorkflowMessage.parse(JSON.parse(fakes.http.requests[0]?.body ?? '')).attachments[0].content;
    expect(card.body).toEqual([
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'Training is done', size: 'Large', weight: 'Bolder', color: 'Accent' }] },
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'The job ended as succeeded.' }] },
      {
        type: 'FactSet',
        facts: [
          { title: 'Event', value: 'job.finished' },
          { title: 'Severity', value: 'info' },
          { title: 'Time', value: '2026-01-01T00:00:00.000Z' },
        ],
      },
    ]);
    expect(card.actions).toEqual([{ type: 'Action.OpenUrl', title: 'Open in Crisol', url: aMessage().link }]);
  });

  it('gives each line a paragraph of its own, and has no button without a link', () => {
    const card = cardOf(aMessage({ text: 'one\n\ntwo', link: undefined }), { facts: false });
    expect(card.body.slice(1)).toEqual(['one', 'two'].map((text) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] })));
    expect(card.actions).toBeUndefined();
  });

  it('keeps a name from becoming a link: no element of the card reads Markdown', () => {
    const card = cardOf(aMessage({ title: '[click](https://evil.example)' }));
    expect(card.body.map(({ type }) => type)).not.toContain('TextBlock');
  });

  it.each([['€'.repeat(9_000)], ['𝔘'.repeat(9_000)], ['a\n'.repeat(9_000)]])('stays below the 28 kB that a workflow takes', (text) => {
    const message = aMessage({ title: text, text });
    expect(Buffer.byteLength(JSON.stringify(cardMessage(message, target)))).toBeLessThan(28_000);
    cardOf(message);
  });

  it.each([
    [429, { code: 'retry', retryAfterSeconds: 12 }],
    [502, { code: 'retry' }],
    [401, { code: 'rejected', gone: false }],
    [410, { code: 'rejected', gone: true }],
  ])('reads %d', async (status, expected) => {
    await expect(send({ status, headers: { 'retry-after': '12' } }).done).rejects.toMatchObject(expected);
  });
});
