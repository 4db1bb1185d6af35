import { Clock, definePlugin, HttpClient } from '@crisol/plugin-api';
import { slackNotifier } from './slack.notifier.js';

export default definePlugin({
  id: 'notifier-slack',
  uses: { http: HttpClient, clock: Clock },
  setup: ({ http, clock }) => ({ notifiers: [slackNotifier(http, clock)] }),
});
