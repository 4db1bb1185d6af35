import { renderTemplate, type NotificationMessage } from '@crisol/plugin-api';
import type { TeamsTarget } from './teams.settings.js';

/** A workflow takes at most 28 kB; these bounds stay below it in any alphabet. */
const LONGEST_TITLE = 400;
const LONGEST_TEXT = 4_000;
const MOST_LINES = 40;
const colours = { info: 'Accent', warning: 'Warning', critical: 'Attention' } as const;

/**
 * The message of a Teams workflow: one Adaptive Card 1.4. Words from outside stand in text runs, which read no Markdown, so that
 * the name of a data set cannot become a link.
 */
export function cardMessage(message: NotificationMessage, target: TeamsTarget) {
  const title = shortened(renderTemplate(target.titleTemplate, message), LONGEST_TITLE).replaceAll(/\s+/g, ' ');
  const lines = paragraphs(shortened(renderTemplate(target.textTemplate, message), LONGEST_TEXT));
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          fallbackText: title,
          body: [
            {
              type: 'RichTextBlock',
              inlines: [{ type: 'TextRun', text: title, size: 'Large', weight: 'Bolder', color: colours[message.severity] }],
            },
            ...lines.map((line) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: line }] })),
            ...(target.facts
              ? [
                  {
                    type: 'FactSet',
                    facts: [
                      { title: 'Event', value: message.type },
                      { title: 'Severity', value: message.severity },
                      { title: 'Time', value: new Date(message.at).toISOString() },
                    ],
                  },
                ]
              : []),
          ],
          ...(message.link && { actions: [{ type: 'Action.OpenUrl', title: 'Open in Crisol', url: message.link }] }),
        },
      },
    ],
  };
}

function paragraphs(text: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES - 1), lines.slice(MOST_LINES - 1).join(' ')];
}

const shortened = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
