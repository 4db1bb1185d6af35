import { PluginError, type HttpAnswer, type Notifier, type PluginClock, type PluginHttpClient } from '@crisol/plugin-api';
import { alertOf } from './alert-of.js';
import { AlertmanagerTarget } from './alertmanager.settings.js';

const TIMEOUT_MS = 10_000;
/** Answers below 500 that say "later", not "never". */
const later = new Set([408, 425, 429]);

/** Posts alerts to a Prometheus Alertmanager by its API v2. */
export function alertmanagerNotifier(http: PluginHttpClient, clock: PluginClock): Notifier<AlertmanagerTarget> {
  return {
    name: 'alertmanager',
    title: 'Alertmanager',
    target: AlertmanagerTarget,
    async send(message, target, signal) {
      const answer = await http.request('POST', `${target.url.replace(/\/+$/, '')}/api/v2/alerts`, {
        body: JSON.stringify([alertOf(message, target)]),
        signal,
        timeoutMs: TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'x-request-id': message.id, ...authorization(target) },
      });
      checkAnswer(answer);
      return { deliveredAt: clock.now() };
    },
    preview: (message, target) => JSON.stringify([alertOf(message, target)], null, 2),
  };
}

function authorization({ auth, username, password, token }: AlertmanagerTarget): Record<string, string> {
  if (auth === 'basic') return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  return auth === 'bearer' ? { authorization: `Bearer ${token}` } : {};
}

function checkAnswer(answer: HttpAnswer): void {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return;
  // A 400 says in one JSON string which label or time it does not take.
  const why = status === 400 ? `: ${answer.text().trim().slice(0, 300)}` : '';
  const words = `The Alertmanager answered ${status}${why}.`;
  if (status < 500 && !later.has(status)) throw new PluginError('rejected', words, { gone: status === 410 });
  const retryAfterSeconds = Number(headers['retry-after']);
  throw new PluginError('retry', words, { ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
}
