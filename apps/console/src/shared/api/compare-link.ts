import type { LocationQueryValue } from 'vue-router';

/** What stands in a column of the compare page: a version, by number or `@alias`, or a run. */
export type Compared = { readonly model: string; readonly version: number | string } | { readonly run: string };

export const mostCompared = 6;
const textOf = (item: Compared): string => ('run' in item ? item.run : `${item.model}:${item.version}`);

/** The page that puts versions and runs side by side. Names hold no colon: it parts the model from its version. */
export const compareLink = (items: readonly Compared[], more: Readonly<Record<string, string>> = {}) => ({
  path: '/models/compare',
  query: { of: items.slice(0, mostCompared).map(textOf), ...more },
});

/** Reads what `compareLink` wrote; what nobody could have written is left out. */
export function comparedFrom(query: LocationQueryValue | LocationQueryValue[] | undefined): Compared[] {
  const texts = (Array.isArray(query) ? query : [query]).filter((text) => typeof text === 'string' && text !== '');
  const found = new Map<string, Compared>();
  for (const text of texts) {
    const item = comparedOf(text ?? '');
    if (item) found.set(textOf(item), item);
  }
  return [...found.values()].slice(0, mostCompared);
}

function comparedOf(text: string): Compared | null {
  const [model, version, rest] = text.split(':');
  if (!model || rest !== undefined) return null;
  if (version === undefined) return { run: model };
  if (/^@.+/.test(version)) return { model, version };
  return /^[1-9]\d{0,8}$/.test(version) ? { model, version: Number(version) } : null;
}

export const runLink = (run: string): string => `/runs/${encodeURIComponent(run)}`;
