import { Clock, definePlugin, HttpClient, PluginError, type Notifier, type Plugin, type PluginManifest } from '@crisol/plugin-api';
import { z } from 'zod';
import { permissions } from '../permissions.js';
import type { NotifierSubject } from '../kits/notifier.contract.js';

/** Changes an implementation, to break it. */
export type Change<T> = (reference: T) => T;

const manifest: PluginManifest = { id: 'reference-notifier', kinds: ['notifier'], api: '^1.0', permissions: permissions({ hosts: ['*'] }) };

function referencePlugin(change: Change<Notifier>): Plugin {
  return definePlugin({
    id: 'reference-notifier',
    uses: { http: HttpClient, clock: Clock },
    setup: ({ http, clock }) => {
      const notifier: Notifier<{ url: string }> = {
        name: 'reference',
        title: 'Reference',
        target: z.strictObject({ url: z.url() }),
        async send(message, target, signal) {
          const { status } = await http.request('POST', target.url, { body: JSON.stringify(message), signal });
          if (status >= 500 || status === 429) throw new PluginError('retry', `It answered ${status}.`);
          if (status >= 400) throw new PluginError('rejected', `It answered ${status}.`);
          return { deliveredAt: clock.now() };
        },
        preview: ({ title, text }) => `${title}\n${text}`,
      };
      return { notifiers: [change(notifier)] };
    },
  });
}

export function notifierSubject(change: Change<Notifier> = (notifier) => notifier): NotifierSubject {
  return { plugin: referencePlugin(change), manifest, target: { url: 'https://hooks.example.com/' } };
}
export const notifierCapabilities = ['http', 'preview'];
