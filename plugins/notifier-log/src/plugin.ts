import { Clock, definePlugin, Logger } from '@crisol/plugin-api';
import { logNotifier } from './log.notifier.js';

export default definePlugin({
  id: 'notifier-log',
  uses: { log: Logger, clock: Clock },
  setup: ({ log, clock }) => ({ notifiers: [logNotifier(log, clock)] }),
});
