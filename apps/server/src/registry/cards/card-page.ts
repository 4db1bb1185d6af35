import type { ModelCard } from '@crisol/contracts';
import MarkdownIt from 'markdown-it';
import { Html, html, page } from '../../platform/http/html.js';
import { sectionTitles } from './card-sections.js';
import { factTables, overview } from './card-tables.js';

// Raw HTML stays text and images stay text: what a person wrote may neither run nor call out.
const renderer = new MarkdownIt({ html: false, linkify: false }).disable('image');

/** The card as a page that stands alone and prints. */
export function cardPage(card: ModelCard): string {
  const title = `${card.model} v${card.version}`;
  return page(
    `Model card: ${title}`,
    html`<h1>${title}</h1>
      <p class="soft">Model card</p>
      <dl>
        ${overview(card).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      ${card.sections
        .filter(({ text }) => text.trim() !== '')
        .map(
          ({ key, text }) =>
            html`<h2>${sectionTitles[key]}</h2>
              ${rendered(text)}`,
        )}
      ${card.inheritedFrom === null ? null : html`<p class="soft">The words above were written for version ${card.inheritedFrom}.</p>`}
      ${factTables(card).map(
        ({ title: heading, columns, rows }) =>
          html`<h2>${heading}</h2>
            <table>
              <tr>
                ${columns.map((column) => html`<th>${column}</th>`)}
              </tr>
              ${rows.map(
                (row) =>
                  html`<tr>
                    ${row.map((cell) => html`<td>${cell}</td>`)}
                  </tr>`,
              )}
            </table>`,
      )}
      ${
        card.facts.limits.length === 0
          ? null
          : html`<h2>Known limits</h2>
              <ul>
                ${card.facts.limits.map((limit) => html`<li>${limit}</li>`)}
              </ul>`
      }`,
  );
}

function rendered(text: string): Html {
  return new Html(renderer.render(text).replaceAll('<a href', '<a rel="noreferrer noopener nofollow" href'));
}
