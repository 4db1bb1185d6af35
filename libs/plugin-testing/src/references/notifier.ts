import { defaultTemplate, PluginError, renderTemplate, secret, type HttpAnswer, type Notifier } from '@crisol/plugin-api';
import { z } from 'zod';
import type { NotifierSubject } from '../kits/notifier.contract.js';
import { referenceSubject, type Change, type ReferenceRefs } from './reference-plugin.js';

const Target = z.strictObject({
  url: z.url().meta({ examples: ['https://hooks.example.com/'] }),
  token: secret(z.string().min(8)),
  template: z.string().default(defaultTemplate),
});
type Target = z.infer<typeof Target>;

function ensureTaken({ status, headers }: HttpAnswer): void {
  const retryAfterSeconds = headers['retry-after'] ? Number(headers['retry-after']) : undefined;
  if (status >= 500 || status === 429) throw new PluginError('retry', `It answered ${status}.`, { retryAfterSeconds });
  if (status >= 400) throw new PluginError('rejected', `It answered ${status}.`, { gone: status === 410 });
}

function referenceNotifier({ http, clock, log }: ReferenceRefs): Notifier<Target> {
  return {
    name: 'reference',
    title: 'Reference',
    target: Target,
    async send(message, { url, token, template }, signal) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const body = JSON.stringify({ id: message.id, text: renderTemplate(template, message) });
      const answer = await http.request('POST', url, { headers, body, signal });
      log.info('It answered', { status: answer.status });
      ensureTaken(answer);
      return { deliveredAt: clock.now() };
    },
    preview: (message, { template }) => renderTemplate(template, message),
  };
}

export function notifierSubject(change: Change<Notifier> = (notifier) => notifier): NotifierSubject {
  const target = { url: 'https://hooks.example.com/', token: 'an-open-secret' };
  return {
    ...referenceSubject('notifier', (refs) => ({ notifiers: [change(referenceNotifier(refs))] })),
    target,
    withTemplate: (template) => ({ ...target, template }),
  };
}
export const notifierCapabilities = ['http', 'preview', 'template', 'retry-after', 'gone', 'check'];
