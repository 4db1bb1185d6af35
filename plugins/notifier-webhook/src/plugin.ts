import { Clock, definePlugin, HttpClient } from '@crisol/plugin-api';
import { webhookNotifier } from './webhook.notifier.js';

export default definePlugin({
  id: 'notifier-webhook',
  uses: { http: HttpClient, clock: Clock },
  setup: ({ http, clock }) => ({ notifiers: [webhookNotifier(http, clock)] }),
});
