import MarkdownIt from 'markdown-it';

// Raw HTML stays text and images stay links: what a plugin or a person wrote may neither run nor call out.
const renderer = new MarkdownIt({ html: false, linkify: false }).disable('image');

/** Markdown as HTML that is safe to show; links open in a tab of their own. */
export function renderMarkdown(text: string): string {
  return renderer.render(text).replaceAll('<a href', '<a target="_blank" rel="noreferrer noopener" href');
}
