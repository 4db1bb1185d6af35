import type { ModelCard } from '@crisol/contracts';
import { sectionTitles } from './card-sections.js';
import { factTables, overview } from './card-tables.js';

/** The card as Markdown: facts as tables in which nothing but their text shows, and people's words as they wrote them. */
export function cardMarkdown(card: ModelCard): string {
  const parts = [
    `# ${escapeMarkdown(`${card.model} v${card.version}`)}`,
    table(['', ''], overview(card)),
    ...card.sections.filter(({ text }) => text.trim() !== '').map(({ key, text }) => `## ${sectionTitles[key]}\n\n${text.trim()}`),
    ...(card.inheritedFrom === null ? [] : [`*The words above were written for version ${card.inheritedFrom}.*`]),
    ...factTables(card).map(({ title, columns, rows }) => `## ${title}\n\n${table(columns, rows)}`),
    ...(card.facts.limits.length === 0
      ? []
      : [`## Known limits\n\n${card.facts.limits.map((limit) => `- ${escapeMarkdown(limit)}`).join('\n')}`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(columns), `|${columns.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

/** Text as Markdown that shows it as it is, on one line. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]()#+!|~<>&]/g, (character) => (character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`))
    .replaceAll(/^(-|\d+\.)/g, '\\$1');
}
