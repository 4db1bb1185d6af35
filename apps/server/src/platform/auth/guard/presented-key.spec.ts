import { describe, expect, it } from '@jest/globals';
import { keyOf } from './presented-key.js';

const key = 'crs_0000000000Ab_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3WCGV4';

describe(keyOf.name, () => {
  it.each([
    ['Bearer', { authorization: `Bearer ${key}` }],
    ['bearer in lower case', { authorization: `bearer ${key}` }],
    ['Basic with any name', { authorization: `Basic ${Buffer.from(`whoever:${key}`).toString('base64')}` }],
    ['X-API-Key', { 'x-api-key': key }],
  ])('reads %s', (_what, headers) => {
    expect(keyOf(headers)).toMatchObject({ kind: 'key', key: { publicId: '0000000000Ab' } });
  });

  it('tells no key from one with a typing mistake', () => {
    expect(keyOf({})).toEqual({ kind: 'none' });
    expect(keyOf({ authorization: `Bearer ${key.slice(0, -1)}5` })).toEqual({ kind: 'malformed' });
    expect(keyOf({ authorization: 'Digest x' })).toEqual({ kind: 'malformed' });
  });
});
