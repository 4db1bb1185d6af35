import type { NotificationMessage } from './notifier.js';

/** The template that notifiers use when the operator wrote none. @public @since 1.1 */
export const defaultTemplate = '{{title}}\n\n{{text}}';

/**
 * Fills a template without logic: `{{title}}`, `{{text}}`, `{{type}}`, `{{severity}}`, `{{at}}` (ISO 8601), `{{link}}`, `{{id}}`
 * and `{{data.some.field}}` are replaced; what does not exist becomes the empty text; nothing else is special. Values go in
 * as they are: pass `escape` where the result is read as HTML or the like.
 * @example renderTemplate('{{severity}}: {{data.model}}', message)
 * @public
 * @since 1.1
 */
export function renderTemplate(
  template: string,
  message: NotificationMessage,
  escape: (value: string) => string = (value) => value,
): string {
  return template.replace(/\{\{\s*([a-zA-Z0-9_.-]{1,200})\s*\}\}/g, (_whole, path: string) => escape(words(lookUp(message, path))));
}

function lookUp(message: NotificationMessage, path: string): unknown {
  if (path === 'at') return new Date(message.at).toISOString();
  let value: unknown = message;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Object.entries(value).find(([name]) => name === step)?.[1];
  }
  return value;
}

function words(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
