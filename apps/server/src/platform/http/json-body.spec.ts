import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonBody } from './json-body.js';

describe(parseJsonBody.name, () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        fc.pre((!text.includes('__proto__') && !/"((?:[^"\\\\]|\\\\.)*)"\s*:/.test(text)) || !text.includes('__proto__'));
        expect(parseJsonBody(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses a nest of 100,000 levels without overflowing', () => {
    expect(() => parseJsonBody('['.repeat(100_000) + ']'.repeat(100_000))).toThrow('nests deeper');
  });

  it('does not count brackets inside texts', () => {
    expect(parseJsonBody(JSON.stringify(['['.repeat(1000), '"{{{\\"']))).toHaveLength(2);
  });

  it('refuses __proto__ wherever it stands', () => {
    expect(() => parseJsonBody('{"a":[{"__proto__":{"polluted":true}}]}')).toThrow('__proto__');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('refuses __proto__ spelled with an escape', () => {
    expect(() => parseJsonBody('{"\\u005f_proto__":1}')).toThrow('__proto__');
  });

  it('refuses a field that comes twice, since readers disagree on which one holds', () => {
    expect(() => parseJsonBody('{"role":"viewer","a":{"role":1},"role":"admin"}')).toThrow('twice');
    expect(() => parseJsonBody('{"a":1,"\\u0061":2}')).toThrow('twice');
    expect(parseJsonBody('[{"a":1},{"a":2}]')).toHaveLength(2);
  });

  it('refuses a number beyond the range of doubles', () => {
    expect(() => parseJsonBody('{"a":1e999}')).toThrow('too large');
    expect(parseJsonBody('{"a":1e300,"b":"1e999"}')).toEqual({ a: 1e300, b: '1e999' });
  });

  it('says that half a body is not JSON', () => {
    expect(() => parseJsonBody('{"a":')).toThrow('not valid JSON');
  });
});
