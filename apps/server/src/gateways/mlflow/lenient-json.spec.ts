import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseLenientJson } from './lenient-json.js';

describe(parseLenientJson.name, () => {
  it('takes the bare numbers that Python writes', () => {
    expect(parseLenientJson('{"a": NaN, "b": [-Infinity, Infinity, 1]}')).toEqual({ a: 'NaN', b: ['-Infinity', 'Infinity', 1] });
  });

  it('marks them when asked to, so that a bare number and the text of its name can be told apart', () => {
    expect(parseLenientJson('["NaN", NaN]', '~')).toEqual(['NaN', '~NaN']);
  });

  it('leaves texts alone that only look like them', () => {
    expect(parseLenientJson('{"NaN": "say \\"NaN\\", NaN", "b": NaN}')).toEqual({ NaN: 'say "NaN", NaN', b: 'NaN' });
  });

  it('reads every JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseLenientJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what is neither', () => {
    expect(() => parseLenientJson('{"a": NaNs}')).toThrow('not valid JSON');
    expect(() => parseLenientJson('{a: 1}')).toThrow('not valid JSON');
  });

  it('looks at no byte twice, whatever strings are left open', () => {
    const started = performance.now();
    expect(() => parseLenientJson(`NaN ${'\\"'.repeat(1_000_000)}`)).toThrow('not valid JSON');
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
