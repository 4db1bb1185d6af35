import { renderTemplate, type NotificationMessage } from '@crisol/plugin-api';
import type { PagerDutyTarget } from './pagerduty.settings.js';

/** Limits of the Events API v2. */
const LONGEST_SUMMARY = 1_024;
const LONGEST_KEY = 255;

/**
 * One event of the Events API v2, without the routing key. `alert.firing` triggers and `alert.resolved` resolves under the key
 * that both carry; any other message triggers under its own id, so that a second attempt makes no second incident.
 */
export function eventOf(message: NotificationMessage, target: PagerDutyTarget) {
  const dedupKey = keyOf(message).slice(0, LONGEST_KEY);
  if (message.type === 'alert.resolved') return { event_action: 'resolve', dedup_key: dedupKey };
  return {
    event_action: 'trigger',
    dedup_key: dedupKey,
    payload: {
      summary: shortened(renderTemplate(target.summaryTemplate, message)) || message.type,
      source: target.source,
      severity: message.severity,
      timestamp: new Date(message.at).toISOString(),
      class: message.type,
      ...(target.component && { component: target.component }),
      custom_details: { text: renderTemplate(target.textTemplate, message), ...message.data },
    },
    client: 'Crisol',
    ...(message.link && { client_url: message.link, links: [{ href: message.link, text: 'Open in Crisol' }] }),
  };
}

/** What the firing and the resolved message of one alert have in common: `data.key`, or the alert's id. */
function keyOf({ id, type, data }: NotificationMessage): string {
  if (type !== 'alert.firing' && type !== 'alert.resolved') return id;
  const key = [data['key'], data['alert'], data['id']].find((value) => typeof value === 'string' && value !== '');
  return typeof key === 'string' ? key : id;
}

const shortened = (text: string): string => (text.length > LONGEST_SUMMARY ? `${text.slice(0, LONGEST_SUMMARY - 1)}…` : text);
