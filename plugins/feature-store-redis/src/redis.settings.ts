import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

export const RedisSettings = z
  .strictObject({
    url: hinted(
      secret(z.string().regex(/^rediss?:\/\/\S+$/, 'must begin with redis:// or rediss://')).meta({
        title: 'URL',
        description: 'redis://user:password@host:6379/0, or rediss:// for TLS; Valkey takes the same',
      }),
      { order: 1, group: 'Connection' },
    ),
    certificateAuthority: hinted(
      z
        .string()
        .max(100_000)
        .regex(/^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/, 'must be PEM')
        .optional()
        .meta({ title: 'Certificate authority', description: 'PEM; for rediss:// with a certificate that public authorities do not know' }),
      { order: 2, group: 'Connection', widget: 'textarea' },
    ),
    connectTimeoutMs: hinted(z.int().min(100).max(30_000).default(2_000).meta({ title: 'Time to connect (ms)' }), {
      order: 3,
      group: 'Connection',
      width: 'half',
    }),
    commandTimeoutMs: hinted(z.int().min(10).max(30_000).default(5_000).meta({ title: 'Time for one command (ms)' }), {
      order: 4,
      group: 'Connection',
      width: 'half',
    }),
    keyPrefix: hinted(
      z
        .string()
        .min(1)
        .max(100)
        .regex(/^[^{}\s]+$/, 'must hold no braces and no white space')
        .default('crisol:features:')
        .meta({ title: 'Prefix of keys', description: 'Instances with the same prefix share their features' }),
      { order: 5, group: 'Storage' },
    ),
    historyDays: hinted(
      z
        .int()
        .min(0)
        .max(36_500)
        .default(90)
        .meta({ title: 'Days of history', description: 'For point-in-time reads; 0 keeps the newest values only' }),
      { order: 6, group: 'Storage' },
    ),
  })
  .meta({ examples: [{ url: 'redis://127.0.0.1:6379/0', keyPrefix: 'crisol:features:', historyDays: 90 }] });
export type RedisSettings = z.infer<typeof RedisSettings>;
