import { PluginError, type Notifier } from '@crisol/plugin-api';
import { z } from 'zod';
import type { Mutant } from './mutant.js';

export const notifierMutants: readonly Mutant<Notifier>[] = [
  {
    name: 'throws a string when the other side is down',
    failedBy: 'asks for another try when the other side is down or busy',
    change: (own) => ({
      ...own,
      send: (...args) =>
        own
          .send(...args)
          .catch((error) => Promise.reject(error instanceof PluginError && /50[03]/.test(error.message) ? error.message : error)),
    }),
  },
  {
    name: 'takes every refusal for a reason to try again',
    failedBy: 'asks for no other try when the other side refuses for good',
    change: (own) => ({
      ...own,
      send: (...args) =>
        own
          .send(...args)
          .catch((error: PluginError) =>
            Promise.reject(error.code === 'rejected' ? new PluginError('retry', error.message, { gone: error.gone }) : error),
          ),
    }),
  },
  {
    name: 'ignores the abort',
    failedBy: 'ends within half a second of an abort',
    change: (own) => ({
      ...own,
      send: async (message, target, signal) => {
        signal.throwIfAborted();
        return own.send(message, target, new AbortController().signal);
      },
    }),
  },
  {
    name: 'writes into the message',
    failedBy: 'leaves the message and the target as they were',
    change: (own) => ({
      ...own,
      send: (message, ...rest) => own.send(Object.assign(message, { text: message.text.toUpperCase() }), ...rest),
    }),
  },
  {
    name: 'sends every message twice',
    failedBy: 'delivers each message once, also when several are sent at the same time',
    change: (own) => ({ ...own, send: async (...args) => (await own.send(...args)) && own.send(...args) }),
  },
  {
    name: 'forgets when it delivered',
    failedBy: 'delivers a message and says when',
    change: (own) => ({ ...own, send: async (...args) => ({ ...(await own.send(...args)), deliveredAt: NaN }) }),
  },
  {
    name: 'previews nothing',
    failedBy: 'shows a preview with the title, without sending',
    change: (own) => ({ ...own, preview: (message, target) => (message.id === 'dlv_9' ? (own.preview?.(message, target) ?? '') : '') }),
  },
  {
    name: 'takes unknown fields in its target',
    failedBy: 'has a target schema that refuses unknown keys, takes its examples and exports as JSON Schema',
    change: (own) => ({
      ...own,
      target: z.looseObject({}).pipe(z.transform(({ url, token, template }) => own.target.parse({ url, token, template }))),
    }),
  },
  {
    name: 'takes an id in the title for the id of the message',
    failedBy: 'delivers each message once, also when several are sent at the same time',
    change: (own) => ({
      ...own,
      send: (message, ...rest) => own.send({ ...message, id: message.id.replace(/^dlv_[0-8]$/, 'dlv_') }, ...rest),
    }),
  },
  {
    name: 'cannot send a long text',
    failedBy: 'delivers what is long, odd or bare: 100,000 characters, quotes and signs, no link and no data',
    change: (own) => ({
      ...own,
      send: (message, ...rest) =>
        message.text.length > 4_000 ? Promise.reject(new RangeError('The text is too long.')) : own.send(message, ...rest),
    }),
  },
  {
    name: 'reads a field of a link that is not there',
    failedBy: 'delivers what is long, odd or bare: 100,000 characters, quotes and signs, no link and no data',
    change: (own) => ({
      ...own,
      send: (message, ...rest) =>
        message.link === undefined ? Promise.reject(new TypeError('link is undefined')) : own.send(message, ...rest),
    }),
  },
  {
    name: 'sends what was aborted',
    failedBy: 'does not send what was aborted before it began',
    change: (own) => ({
      ...own,
      send: (message, target, signal) => own.send(message, target, signal.aborted ? new AbortController().signal : signal),
    }),
  },
  {
    name: 'forgets how long to wait',
    failedBy: 'passes on how long the other side asks to wait',
    change: (own) => ({
      ...own,
      send: (...args) =>
        own.send(...args).catch((error: PluginError) => Promise.reject(new PluginError(error.code, error.message, { gone: error.gone }))),
    }),
  },
  {
    name: 'keeps knocking where nobody lives any more',
    failedBy: 'says so when the other side is gone for good',
    change: (own) => ({
      ...own,
      send: (...args) =>
        own
          .send(...args)
          .catch(({ code, message, retryAfterSeconds }: PluginError) =>
            Promise.reject(new PluginError(code, message, { retryAfterSeconds })),
          ),
    }),
  },
  {
    name: 'prints the token into its errors',
    failedBy: 'keeps the secrets of the target out of errors and of the log',
    change: (own) => ({
      ...own,
      send: (message, target, signal) =>
        own
          .send(message, target, signal)
          .catch(({ code, message: words, retryAfterSeconds, gone }: PluginError) =>
            Promise.reject(new PluginError(code, `${words} ${JSON.stringify(target)}`, { retryAfterSeconds, gone })),
          ),
    }),
  },
  {
    name: 'shows the token in its preview',
    failedBy: 'keeps the secrets of the target out of the preview',
    change: (own) => ({ ...own, preview: (message, target) => `${own.preview?.(message, target)} ${JSON.stringify(target)}` }),
  },
  {
    name: 'previews its template unfilled',
    failedBy: 'fills the template of the target, in the preview as in what it sends',
    change: (own) => ({
      ...own,
      preview: (message, target) => (message.id === 'dlv_9' ? '{{title}}' : (own.preview?.(message, target) ?? '')),
    }),
  },
  {
    name: 'shows an example of a target that it refuses',
    failedBy: 'has a target schema that refuses unknown keys, takes its examples and exports as JSON Schema',
    change: (own) => ({ ...own, target: own.target.meta({ examples: [{ url: 'nowhere' }] }) }),
  },
];
