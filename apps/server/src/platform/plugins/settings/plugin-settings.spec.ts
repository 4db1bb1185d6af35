import { describe, expect, it } from '@jest/globals';
import { secret } from '@crisol/plugin-api';
import { z } from 'zod';
import { formSchema, inWords, parseSettings, secretNames, splitSecrets } from './plugin-settings.js';

const schema = z.strictObject({ url: z.url(), limits: z.strictObject({ perMinute: z.int() }), token: secret(z.string().min(3)) });

describe(parseSettings, () => {
  it('points at each wrong field, unknown ones included', () => {
    const result = parseSettings(schema, { url: 'x', limits: { perMinute: 1.5, other: 1 }, token: 'abc', colour: 'red' });
    expect(result.ok ? [] : result.issues.map(({ pointer }) => pointer).sort()).toEqual([
      '/colour',
      '/limits/other',
      '/limits/perMinute',
      '/url',
    ]);
  });

  it('says of a missing value that it is required, by the name of the field', () => {
    const result = parseSettings(schema, { url: 'https://a.example', limits: {} });
    expect(result.ok ? '' : inWords(result.issues)).toBe('limits.perMinute is required; token is required');
  });
});

describe(splitSecrets, () => {
  const names = secretNames(schema, ['password']);

  it('finds secrets by schema and by manifest', () => expect([...names].sort()).toEqual(['password', 'token']));

  it('keeps what is left out or empty, replaces what is given, forgets what is null', () => {
    const kept = { token: 'old', password: 'p' };
    expect(splitSecrets({ url: 'u' }, names, kept)).toEqual({ open: { url: 'u' }, secrets: kept });
    expect(splitSecrets({ token: '' }, names, kept).secrets).toEqual(kept);
    expect(splitSecrets({ token: 'new' }, names, kept).secrets).toEqual({ token: 'new', password: 'p' });
    expect(splitSecrets({ token: null }, names, kept).secrets).toEqual({ password: 'p' });
  });
});

describe(formSchema, () => {
  it('describes what a caller writes and marks the secrets', () => {
    expect(formSchema(schema)).toMatchObject({
      type: 'object',
      properties: { token: { 'x-ui': { secret: true } } },
      additionalProperties: false,
    });
  });
});
