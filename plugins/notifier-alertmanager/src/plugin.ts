import { Clock, definePlugin, HttpClient } from '@crisol/plugin-api';
import { alertmanagerNotifier } from './alertmanager.notifier.js';

export default definePlugin({
  id: 'notifier-alertmanager',
  uses: { http: HttpClient, clock: Clock },
  setup: ({ http, clock }) => ({ notifiers: [alertmanagerNotifier(http, clock)] }),
});
