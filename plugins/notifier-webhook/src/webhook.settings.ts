import { secret } from '@crisol/plugin-api';
import { z } from 'zod';

const reserved = new Set(['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type', 'content-length', 'host']);

/** Where one channel's messages go. */
export const WebhookTarget = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .meta({
        title: 'URL',
        description: 'Receives a POST for each message',
        'x-ui': { order: 1, i18n: { es: { description: 'Recibe un POST por cada mensaje' } } },
      }),
    signingKey: secret(
      z
        .string()
        .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'must be whsec_ and base64')
        .refine((key) => keyBytes(key).length >= 24 && keyBytes(key).length <= 64, 'must hold 24 to 64 bytes'),
    ).meta({ title: 'Signing key', description: 'whsec_ and 24 to 64 bytes in base64; the receiver checks the signature with it' }),
    headers: z
      .record(
        z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'is no header name'),
        z
          .string()
          .max(1_000)
          .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
      )
      .refine(
        (headers) => Object.keys(headers).every((name) => !reserved.has(name.toLowerCase())),
        'may not replace the headers of the webhook itself',
      )
      .optional()
      .meta({ title: 'Further headers', 'x-ui': { order: 3, widget: 'code' } }),
  })
  .meta({ examples: [{ url: 'https://hooks.example.com/crisol', signingKey: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' }] });
export type WebhookTarget = z.infer<typeof WebhookTarget>;

/** The secret bytes of a `whsec_…` key. */
export function keyBytes(key: string): Buffer {
  return Buffer.from(key.slice('whsec_'.length), 'base64');
}
