import { PluginError, type HttpAnswer, type Notifier, type PluginClock, type PluginHttpClient } from '@crisol/plugin-api';
import { z } from 'zod';
import { eventOf } from './event-of.js';
import { PagerDutyTarget } from './pagerduty.settings.js';

const TIMEOUT_MS = 10_000;
const doors = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;
/** Answers below 500 that say "later", not "never": 429 is their rate limit. */
const later = new Set([408, 425, 429]);
const Accepted = z.object({ dedup_key: z.string() });
const Refused = z.object({ errors: z.array(z.string()).min(1) });

/** Sends messages to PagerDuty by its Events API v2. */
export function pagerDutyNotifier(http: PluginHttpClient, clock: PluginClock): Notifier<PagerDutyTarget> {
  return {
    name: 'pagerduty',
    title: 'PagerDuty',
    target: PagerDutyTarget,
    async send(message, target, signal) {
      const answer = await http.request('POST', doors[target.region], {
        body: JSON.stringify({ routing_key: target.routingKey, ...eventOf(message, target) }),
        signal,
        timeoutMs: TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'x-request-id': message.id },
      });
      checkAnswer(answer);
      const accepted = Accepted.safeParse(jsonOf(answer));
      return { deliveredAt: clock.now(), ...(accepted.success && { reference: accepted.data.dedup_key }) };
    },
    preview: (message, target) => JSON.stringify({ routing_key: '••••••••', ...eventOf(message, target) }, null, 2),
  };
}

function checkAnswer(answer: HttpAnswer): void {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return;
  const refused = Refused.safeParse(jsonOf(answer));
  const words = `PagerDuty answered ${status}${refused.success ? `: ${refused.data.errors.join('; ').slice(0, 300)}` : ''}.`;
  if (status < 500 && !later.has(status)) throw new PluginError('rejected', words, { gone: status === 410 });
  const retryAfterSeconds = Number(headers['retry-after']);
  throw new PluginError('retry', words, { ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
}

/** Undefined when the answer is not JSON. */
function jsonOf(answer: HttpAnswer): unknown {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}
