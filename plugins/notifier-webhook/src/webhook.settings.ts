import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

const help = '{{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} and {{data.field}} are replaced';
const ayuda = 'Se sustituyen {{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} y {{data.campo}}';
const reserved = new Set(['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type', 'content-length', 'host']);

const signingKey = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'must be whsec_ and base64')
  .refine((key) => keyBytes(key).length >= 24 && keyBytes(key).length <= 64, 'must hold 24 to 64 bytes');

/** Where one channel's messages go. */
export const WebhookTarget = z
  .strictObject({
    url: hinted(z.url({ protocol: /^https?$/ }).max(2_000), {
      order: 1,
      group: 'Receiver',
      i18n: { es: { description: 'Recibe un POST por cada mensaje' } },
    }).meta({ title: 'URL', description: 'Receives a POST for each message', examples: ['https://hooks.example.com/crisol'] }),
    signingKey: hinted(secret(signingKey), {
      order: 2,
      group: 'Receiver',
      i18n: {
        es: { title: 'Clave de firma', description: 'whsec_ y de 24 a 64 bytes en base64; el receptor comprueba con ella la firma' },
      },
    }).meta({ title: 'Signing key', description: 'whsec_ and 24 to 64 bytes in base64; the receiver checks the signature with it' }),
    previousSigningKey: hinted(secret(signingKey).optional(), {
      secret: true,
      order: 3,
      group: 'Receiver',
      i18n: {
        es: {
          title: 'Clave de firma anterior',
          description: 'Durante un cambio de clave se firma con las dos; quítala cuando el receptor conozca la nueva',
        },
      },
    }).meta({
      title: 'Previous signing key',
      description: 'While a key changes both sign; remove it once the receiver knows the new one',
    }),
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
      .meta({
        title: 'Further headers',
        examples: [{ 'x-team': 'risk' }],
        'x-ui': { order: 4, group: 'Receiver', widget: 'code', i18n: { es: { title: 'Otras cabeceras' } } },
      }),
    titleTemplate: hinted(z.string().min(1).max(500).default('{{title}}'), {
      order: 5,
      group: 'Words',
      i18n: { es: { title: 'Plantilla del título', description: ayuda } },
    }).meta({ title: 'Title template', description: help, examples: ['[{{severity}}] {{title}}'] }),
    textTemplate: hinted(z.string().max(4_000).default('{{text}}'), {
      order: 6,
      group: 'Words',
      widget: 'textarea',
      i18n: { es: { title: 'Plantilla del texto', description: ayuda } },
    }).meta({ title: 'Text template', description: help, examples: ['{{text}}'] }),
  })
  .meta({ examples: [{ url: 'https://hooks.example.com/crisol', signingKey: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' }] });
export type WebhookTarget = z.infer<typeof WebhookTarget>;

/** The secret bytes of a `whsec_…` key. */
export function keyBytes(key: string): Buffer {
  return Buffer.from(key.slice('whsec_'.length), 'base64');
}
