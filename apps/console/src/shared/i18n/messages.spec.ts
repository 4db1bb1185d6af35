import { describe, expect, it } from 'vitest';

const files = import.meta.glob<Record<string, string>>('./locales/*/*.json', { eager: true, import: 'default' });
const rooms = Object.keys(files).flatMap((file) => /locales\/en\/(.+)\.json$/.exec(file)?.[1] ?? []);
const textsOf = (locale: string, room: string): Record<string, string> => files[`./locales/${locale}/${room}.json`] ?? {};
const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').toSorted();
const unique = (names: string[]): string[] => [...new Set(names)];

describe.each(rooms)('messages of %s', (room) => {
  const en = textsOf('en', room);
  const es = textsOf('es', room);
  it('have the same keys in English and Spanish', () => {
    expect(Object.keys(es).toSorted()).toEqual(Object.keys(en).toSorted());
  });
  it('have the same placeholders and plural forms', () => {
    for (const [key, text] of Object.entries(en)) {
      expect(unique(placeholders(es[key] ?? '')), key).toEqual(unique(placeholders(text)));
      expect(es[key]?.split(' | ').length, key).toBe(text.split(' | ').length);
    }
  });
  it('hold no markup', () => {
    for (const text of [...Object.values(en), ...Object.values(es)]) expect(text).not.toMatch(/<[a-z]/i);
  });
});
