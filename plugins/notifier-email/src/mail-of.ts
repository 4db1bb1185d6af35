import { renderTemplate, type NotificationMessage } from '@crisol/plugin-api';
import type { EmailTarget } from './email.settings.js';

/** One mail, before it has a sender. */
export interface Mail {
  readonly messageId: string;
  readonly date: Date;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** RFC 5322 allows 998 characters a line; a subject over 200 is cut by most readers anyway. */
const LONGEST_SUBJECT = 200;

/** Makes a mail of a message. `domain` is the sender's: with it the id of the message becomes a Message-ID of the world. */
export function mailOf(message: NotificationMessage, target: EmailTarget, domain: string): Mail {
  const subject = renderTemplate(target.subjectTemplate, message).replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_SUBJECT);
  const text = renderTemplate(target.textTemplate, message).trim();
  return {
    messageId: `<${message.id}@${domain}>`,
    date: new Date(message.at),
    to: target.to,
    subject: subject || message.type,
    text,
    ...(target.html && { html: htmlOf(subject || message.type, text, message.link) }),
  };
}

/** The plain text as HTML. All of it is escaped, template and values; only the link of the message itself becomes one. */
function htmlOf(subject: string, text: string, link: string | undefined): string {
  const escapedLink = link !== undefined && /^https?:\/\//.test(link) ? escapeHtml(link) : undefined;
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => {
    const escaped = escapeHtml(paragraph).replaceAll('\n', '<br>\n');
    return `<p>${escapedLink === undefined ? escaped : escaped.replaceAll(escapedLink, `<a href="${escapedLink}">${escapedLink}</a>`)}</p>`;
  });
  return `<!doctype html>\n<html><body style="font-family:sans-serif">\n<h3>${escapeHtml(subject)}</h3>\n${paragraphs.join('\n')}\n</body></html>\n`;
}

function escapeHtml(value: string): string {
  const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return value.replaceAll(/[&<>"']/g, (character) => named[character] ?? character);
}
