import { Clock, definePlugin, HttpClient } from '@crisol/plugin-api';
import { pagerDutyNotifier } from './pagerduty.notifier.js';

export default definePlugin({
  id: 'notifier-pagerduty',
  uses: { http: HttpClient, clock: Clock },
  setup: ({ http, clock }) => ({ notifiers: [pagerDutyNotifier(http, clock)] }),
});
