import type { Notifier, PluginClock, PluginLogger } from '@crisol/plugin-api';
import { EmailTarget } from './email.settings.js';
import { mailOf } from './mail-of.js';
import type { MailServer } from './mail-server.js';

/** Sends messages by e-mail. */
export function emailNotifier(server: MailServer, clock: PluginClock, log: PluginLogger): Notifier<EmailTarget> {
  return {
    name: 'email',
    title: 'E-mail',
    target: EmailTarget,
    async send(message, target, signal) {
      const { reference, refused } = await server.post(mailOf(message, target, server.domain), signal);
      // Not tried again: those who were taken would get the mail twice.
      if (refused.length > 0) log.warn('The mail server refused some of the receivers', { messageId: message.id, refused });
      return { deliveredAt: clock.now(), reference };
    },
    preview(message, target) {
      const { to, subject, messageId, text } = mailOf(message, target, server.domain);
      return `To: ${to.join(', ')}\nSubject: ${subject}\nMessage-ID: ${messageId}\n\n${text}\n`;
    },
  };
}
