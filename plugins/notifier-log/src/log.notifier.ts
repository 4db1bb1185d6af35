import { renderTemplate, type NotificationMessage, type Notifier, type PluginClock, type PluginLogger } from '@crisol/plugin-api';
import { LogTarget } from './log.settings.js';

const levels = { info: 'info', warning: 'warn', critical: 'error' } as const;

/** Writes messages to the server's own log, for whoever collects that already. */
export function logNotifier(log: PluginLogger, clock: PluginClock): Notifier<LogTarget> {
  return {
    name: 'log',
    title: "The server's log",
    target: LogTarget,
    async send(message, target, signal) {
      signal.throwIfAborted();
      const { id, type, severity, link } = message;
      log[levelOf(message, target)](lineOf(message, target), { messageId: id, type, severity, ...(link && { link }) });
      return { deliveredAt: clock.now(), reference: id };
    },
    preview: (message, target) => `${levelOf(message, target)} ${lineOf(message, target)}`,
  };
}

function levelOf({ severity }: NotificationMessage, { level }: LogTarget) {
  return level === 'severity' ? levels[severity] : level;
}

/** One line: a line break in a name would look like a line of its own in a plain log. */
function lineOf(message: NotificationMessage, { textTemplate }: LogTarget): string {
  return renderTemplate(textTemplate, message)
    .replaceAll(/[\r\n\u2028\u2029]+/g, ' ')
    .trim();
}
