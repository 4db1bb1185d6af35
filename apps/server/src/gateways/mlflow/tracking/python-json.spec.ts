import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pythonJson } from './python-json.js';

describe(pythonJson.name, () => {
  it('writes as Python does', () => {
    expect(pythonJson([{ a: 'é', b: [1, null, true] }, {}])).toBe('[{"a": "\\u00e9", "b": [1, null, true]}, {}]');
  });

  it('means the same as the JSON of JavaScript', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(pythonJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
