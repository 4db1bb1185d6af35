import { Clock, definePlugin, Logger } from '@crisol/plugin-api';
import { emailNotifier } from './email.notifier.js';
import { EmailSettings } from './email.settings.js';
import { openMailServer } from './mail-server.js';

export default definePlugin({
  id: 'notifier-email',
  settings: EmailSettings,
  uses: { clock: Clock, log: Logger },
  setup({ settings, clock, log }) {
    const server = openMailServer(settings);
    return { notifiers: [emailNotifier(server, clock, log)], check: server.check, dispose: server.close };
  },
});
