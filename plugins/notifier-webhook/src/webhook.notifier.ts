import {
  PluginError,
  renderTemplate,
  type HttpAnswer,
  type NotificationMessage,
  type Notifier,
  type PluginClock,
  type PluginHttpClient,
} from '@crisol/plugin-api';
import { signature } from './signature.js';
import { WebhookTarget } from './webhook.settings.js';

const TIMEOUT_MS = 10_000;
/** Answers below 500 that say "later", not "never". */
const later = new Set([408, 409, 425, 429]);

/** Posts messages as Standard Webhooks. */
export function webhookNotifier(http: PluginHttpClient, clock: PluginClock): Notifier<WebhookTarget> {
  return {
    name: 'webhook',
    title: 'Webhook',
    target: WebhookTarget,
    async send(message, target, signal) {
      const body = bodyOf(message, target);
      const seconds = Math.floor(clock.now() / 1000);
      const answer = await http.request('POST', target.url, {
        body,
        signal,
        timeoutMs: TIMEOUT_MS,
        headers: {
          ...target.headers,
          'content-type': 'application/json',
          'webhook-id': message.id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': signatures(target, message.id, seconds, body),
        },
      });
      checkAnswer(answer);
      return { deliveredAt: clock.now(), reference: answer.headers['x-request-id'] };
    },
    preview: (message, target) => JSON.stringify(JSON.parse(bodyOf(message, target)), null, 2),
  };
}

function bodyOf(message: NotificationMessage, { titleTemplate, textTemplate }: WebhookTarget): string {
  const { type, at, severity, link, data } = message;
  const words = { title: renderTemplate(titleTemplate, message), text: renderTemplate(textTemplate, message) };
  return JSON.stringify({ type, timestamp: new Date(at).toISOString(), data: { ...data, ...words, severity, link } });
}

/** Two while the key changes, as the standard has it: the receiver takes whichever it knows. */
function signatures({ signingKey, previousSigningKey }: WebhookTarget, id: string, seconds: number, body: string): string {
  const keys = previousSigningKey === undefined ? [signingKey] : [signingKey, previousSigningKey];
  return keys.map((key) => signature(key, id, seconds, body)).join(' ');
}

function checkAnswer({ status, headers }: HttpAnswer): void {
  if (status >= 200 && status < 300) return;
  if (status < 500 && !later.has(status)) {
    const why = status === 410 ? ' (gone: it wants no more messages)' : status < 400 ? ' (redirects are not followed)' : '';
    throw new PluginError('rejected', `The receiver answered ${status}${why}.`, { gone: status === 410 });
  }
  const retryAfterSeconds = Number(headers['retry-after']);
  throw new PluginError('retry', `The receiver answered ${status}.`, {
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}
