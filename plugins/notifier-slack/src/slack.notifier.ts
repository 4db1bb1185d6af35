import {
  PluginError,
  renderTemplate,
  type HttpAnswer,
  type NotificationMessage,
  type Notifier,
  type PluginClock,
  type PluginHttpClient,
} from '@crisol/plugin-api';
import { SlackTarget } from './slack.settings.js';

const TIMEOUT_MS = 10_000;
/** Slack cuts longer texts off; the others show less. */
const LONGEST_TEXT = 4_000;
const colours = { info: '#2f6fde', warning: '#d9a514', critical: '#c4302b' } as const;
/** Answers below 500 that say "later", not "never". */
const later = new Set([408, 425, 429]);

/** Posts messages to an incoming webhook of Slack, Mattermost or Rocket.Chat. */
export function slackNotifier(http: PluginHttpClient, clock: PluginClock): Notifier<SlackTarget> {
  return {
    name: 'slack',
    title: 'Slack, Mattermost, Rocket.Chat',
    target: SlackTarget,
    async send(message, target, signal) {
      const answer = await http.request('POST', target.url, {
        body: JSON.stringify(bodyOf(message, target)),
        signal,
        timeoutMs: TIMEOUT_MS,
        headers: { 'content-type': 'application/json; charset=utf-8', 'x-request-id': message.id },
      });
      checkAnswer(answer);
      return { deliveredAt: clock.now() };
    },
    preview: (message, target) => JSON.stringify(bodyOf(message, target), null, 2),
  };
}

/** An attachment, not blocks: it is what all three systems draw alike. */
function bodyOf(message: NotificationMessage, target: SlackTarget) {
  const title = renderTemplate(target.titleTemplate, message, escapeText).slice(0, 500);
  const text = shortened(renderTemplate(target.textTemplate, message, escapeText));
  return {
    ...(target.channel && { channel: target.channel }),
    ...(target.username && { username: target.username }),
    attachments: [
      {
        color: colours[message.severity],
        fallback: `${title}: ${text}`.slice(0, 1_000),
        title,
        ...(message.link && { title_link: message.link }),
        text,
        mrkdwn_in: ['text'],
        footer: `Crisol · ${message.type}`,
        ts: Math.floor(message.at / 1000),
      },
    ],
  };
}

/** The three characters with which Slack's markup calls people, links and rooms. */
function escapeText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const shortened = (text: string): string => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text);

function checkAnswer({ status, headers, text }: HttpAnswer): void {
  if (status >= 200 && status < 300) return;
  // The body is one word of theirs, such as `channel_is_archived`.
  const word = /^[a-z_ ]{1,80}$/i.exec(text().trim())?.[0];
  const words = `The receiver answered ${status}${word ? ` (${word})` : ''}.`;
  if (status < 500 && !later.has(status)) throw new PluginError('rejected', words, { gone: status === 410 });
  const retryAfterSeconds = Number(headers['retry-after']);
  throw new PluginError('retry', words, { ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
}
