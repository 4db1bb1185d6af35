import { PluginError, renderTemplate, type Notifier, type PluginClock, type PluginHttpClient } from '@crisol/plugin-api';
import { Target, type Settings } from './__NAME__.settings.ts';

/** Delivers each message by one POST. */
export function __CAMEL__Notifier({ timeoutMs }: Settings, http: PluginHttpClient, clock: PluginClock): Notifier<Target> {
  return {
    name: '__NAME__',
    title: '__TITLE__',
    target: Target,
    async send(message, { url, token, template }, signal) {
      const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
      const body = JSON.stringify({ id: message.id, text: renderTemplate(template, message) });
      const { status } = await http.request('POST', url, { headers, body, timeoutMs, signal });
      if (status >= 500 || status === 429) throw new PluginError('retry', `The other side answered ${status}.`);
      if (status >= 300) throw new PluginError('rejected', `The other side answered ${status}.`);
      return { deliveredAt: clock.now(), reference: message.id };
    },
    preview: (message, { template }) => renderTemplate(template, message),
  };
}
