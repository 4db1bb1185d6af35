import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

const help = '{{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} and {{data.field}} are replaced';
const ayuda = 'Se sustituyen {{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} y {{data.campo}}';

/** The mail server, and in whose name it sends. */
export const EmailSettings = z
  .strictObject({
    host: hinted(z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host name or an address'), {
      order: 1,
      group: 'Server',
      width: 'half',
      i18n: { es: { title: 'Servidor' } },
    }).meta({ title: 'Host', examples: ['smtp.example.com'] }),
    port: hinted(z.int().min(1).max(65_535).default(587), {
      order: 2,
      group: 'Server',
      width: 'half',
      i18n: { es: { title: 'Puerto', description: '587 con STARTTLS, 465 con TLS' } },
    }).meta({ title: 'Port', description: '587 with STARTTLS, 465 with TLS' }),
    security: hinted(z.enum(['starttls', 'tls', 'none']).default('starttls'), {
      order: 3,
      group: 'Server',
      widget: 'radio',
      optionTitles: { starttls: 'STARTTLS', tls: 'TLS', none: 'None' },
      i18n: { es: { title: 'Cifrado', description: 'Sin cifrado no se envía ninguna contraseña' } },
    }).meta({ title: 'Encryption', description: 'No password is sent without encryption' }),
    authority: hinted(
      z
        .string()
        .max(100_000)
        .regex(/-----BEGIN CERTIFICATE-----/, 'must be PEM')
        .optional(),
      {
        order: 4,
        group: 'Server',
        widget: 'code',
        i18n: { es: { title: 'Autoridad propia', description: 'Certificado PEM de una autoridad interna; vacío para las públicas' } },
      },
    ).meta({ title: 'Own authority', description: 'PEM certificate of an inside authority; empty for the public ones' }),
    user: hinted(z.string().min(1).max(320).optional(), {
      order: 5,
      group: 'Sign-in',
      width: 'half',
      i18n: { es: { title: 'Usuario' } },
    }).meta({ title: 'User', examples: ['crisol@example.com'] }),
    password: hinted(secret(z.string().min(1).max(1_000)).optional(), {
      secret: true,
      order: 6,
      group: 'Sign-in',
      width: 'half',
      i18n: { es: { title: 'Contraseña' } },
    }).meta({ title: 'Password' }),
    from: hinted(z.email().max(320), {
      order: 7,
      group: 'Sender',
      width: 'half',
      i18n: { es: { title: 'Dirección del remitente' } },
    }).meta({ title: 'Address of the sender', examples: ['crisol@example.com'] }),
    fromName: hinted(
      z
        .string()
        .max(100)
        .regex(/^[^\r\n"]*$/, 'must be one line without quotes')
        .default('Crisol'),
      {
        order: 8,
        group: 'Sender',
        width: 'half',
        i18n: { es: { title: 'Nombre del remitente' } },
      },
    ).meta({ title: 'Name of the sender' }),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['password'],
    message: 'User and password go together.',
  })
  .refine(({ security, password }) => security !== 'none' || password === undefined, {
    path: ['security'],
    message: 'A password would travel in the clear: choose STARTTLS or TLS.',
  })
  .meta({ examples: [{ host: 'smtp.example.com', from: 'crisol@example.com' }] });
export type EmailSettings = z.infer<typeof EmailSettings>;

/** Who gets the mails of one channel. */
export const EmailTarget = z
  .strictObject({
    to: hinted(z.array(z.email().max(320)).min(1).max(50), {
      order: 1,
      group: 'Receivers',
      i18n: { es: { title: 'Destinatarios', description: 'Un solo mensaje para todos: se ven unos a otros' } },
    }).meta({ title: 'To', description: 'One mail for all: they see each other', examples: [['team@example.com']] }),
    subjectTemplate: hinted(z.string().min(1).max(500).default('{{title}}'), {
      order: 2,
      group: 'Words',
      i18n: { es: { title: 'Plantilla del asunto', description: ayuda } },
    }).meta({ title: 'Subject template', description: help, examples: ['[Crisol] {{title}}'] }),
    textTemplate: hinted(z.string().max(4_000).default('{{text}}\n\n{{link}}'), {
      order: 3,
      group: 'Words',
      widget: 'textarea',
      i18n: { es: { title: 'Plantilla del texto', description: ayuda } },
    }).meta({ title: 'Text template', description: help, examples: ['{{text}}'] }),
    html: hinted(z.boolean().default(true), {
      order: 4,
      group: 'Words',
      i18n: { es: { title: 'Añadir una versión HTML' } },
    }).meta({ title: 'Add an HTML part' }),
  })
  .meta({ examples: [{ to: ['team@example.com'] }] });
export type EmailTarget = z.infer<typeof EmailTarget>;
