import { Clock, definePlugin, HttpClient } from '@crisol/plugin-api';
import { teamsNotifier } from './teams.notifier.js';

export default definePlugin({
  id: 'notifier-teams',
  uses: { http: HttpClient, clock: Clock },
  setup: ({ http, clock }) => ({ notifiers: [teamsNotifier(http, clock)] }),
});
