import { describe, expect, it } from '@jest/globals';
import { canonicalJson, NotCanonical } from './canonical-json.js';

describe(canonicalJson.name, () => {
  it('writes the example of RFC 8785, 3.2.2', () => {
    const value: unknown = JSON.parse(
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    );
    expect(canonicalJson(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('orders keys by UTF-16 code units, as RFC 8785, 3.2.3 does', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(value)) as Record<string, string>).toSorted()).toEqual(Object.values(value).toSorted());
    // JSON.parse puts keys that look like indices first, so the order is read from the text.
    const order = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map(([, name]) => name);
    expect(order).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('writes numbers as the table of RFC 8785, appendix B', () => {
    const told = [-0, 5e-324, 1.7976931348623157e308, 9007199254740992, 295147905179352830000, 999999999999999900000, 1e21, 0.000001, 1e-7];
    expect(canonicalJson(told)).toBe(
      '[0,5e-324,1.7976931348623157e+308,9007199254740992,295147905179352830000,999999999999999900000,1e+21,0.000001,1e-7]',
    );
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ b: undefined, a: { c: 1, b: [] } })).toBe('{"a":{"b":[],"c":1}}');
  });

  it.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['\ud800'],
    [{ '\udc00': 1 }],
    [1n],
    [undefined],
    [[undefined]],
    [new Date(0)],
    [new Map()],
  ])('refuses %p, which has no one form', (value) => {
    expect(() => canonicalJson(value)).toThrow(NotCanonical);
  });
});
