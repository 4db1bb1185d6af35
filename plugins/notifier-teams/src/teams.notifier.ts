import { PluginError, type HttpAnswer, type Notifier, type PluginClock, type PluginHttpClient } from '@crisol/plugin-api';
import { cardMessage } from './adaptive-card.js';
import { TeamsTarget } from './teams.settings.js';

const TIMEOUT_MS = 10_000;
/** Answers below 500 that say "later", not "never". */
const later = new Set([408, 409, 425, 429]);

/** Posts messages to a Microsoft Teams workflow as Adaptive Cards. */
export function teamsNotifier(http: PluginHttpClient, clock: PluginClock): Notifier<TeamsTarget> {
  return {
    name: 'teams',
    title: 'Microsoft Teams',
    target: TeamsTarget,
    async send(message, target, signal) {
      const answer = await http.request('POST', target.url, {
        body: JSON.stringify(cardMessage(message, target)),
        signal,
        timeoutMs: TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'x-request-id': message.id },
      });
      checkAnswer(answer);
      const reference = answer.headers['x-ms-workflow-run-id'];
      return { deliveredAt: clock.now(), ...(reference !== undefined && { reference }) };
    },
    preview: (message, target) => JSON.stringify(cardMessage(message, target), null, 2),
  };
}

function checkAnswer({ status, headers }: HttpAnswer): void {
  // 202: the workflow took it; whether the card was drawn stands in the run history of the workflow only.
  if (status >= 200 && status < 300) return;
  const words = `The workflow answered ${status}.`;
  if (status < 500 && !later.has(status)) throw new PluginError('rejected', words, { gone: status === 410 });
  const retryAfterSeconds = Number(headers['retry-after']);
  throw new PluginError('retry', words, { ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
}
