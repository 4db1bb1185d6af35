import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatId, looksLikeId, Name, parseId } from './ids.js';

describe('ids', () => {
  it('formats the documented example', () => {
    expect(formatId('mdl', '01920000-0000-7000-8000-000000000001')).toBe('mdl_01j8000000e008000000000001');
  });

  it('reads back what it formats, for every UUID', () => {
    fc.assert(fc.property(fc.uuid(), (uuid) => parseId('ds', formatId('ds', uuid)) === uuid));
  });

  it('does not read an id of another kind, a longer text, or letters outside the alphabet', () => {
    expect(parseId('ds', 'mdl_01j8000000e008000000000001')).toBeUndefined();
    expect(parseId('mdl', 'mdl_01j80000000e0080000000000011')).toBeUndefined();
    expect(parseId('mdl', 'mdl_01j8000000e00800000000000u')).toBeUndefined();
    expect(parseId('mdl', `mdl_${'z'.repeat(26)}`)).toBeUndefined();
  });

  it('refuses names that look like ids or would break a path', () => {
    expect(looksLikeId('mdl_01j8000000e008000000000001')).toBe(true);
    for (const name of ['a/b', 'a:b', 'a@b', 'a%b', 'a\\b', '', ' a', 'mdl_01j8000000e008000000000001'])
      expect(Name.safeParse(name).success).toBe(false);
    expect(Name.safeParse('penguins 2026 — isla').success).toBe(true);
  });
});
