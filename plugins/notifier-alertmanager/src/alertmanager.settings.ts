import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

const help = '{{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} and {{data.field}} are replaced';
const ayuda = 'Se sustituyen {{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} y {{data.campo}}';
/** Labels that tell Crisol's alerts apart; an operator's label may not replace them. */
export const ownLabels: ReadonlySet<string> = new Set(['alertname', 'severity', 'crisol_event', 'crisol_key']);

/** One Alertmanager, or the first of a cluster. */
export const AlertmanagerTarget = z
  .strictObject({
    url: hinted(z.url({ protocol: /^https?$/ }).max(2_000), {
      order: 1,
      group: 'Receiver',
      i18n: { es: { title: 'Dirección', description: 'Sin /api/v2/alerts' } },
    }).meta({ title: 'Address', description: 'Without /api/v2/alerts', examples: ['https://alertmanager.example.com'] }),
    auth: hinted(z.enum(['none', 'basic', 'bearer']).default('none'), {
      order: 2,
      group: 'Receiver',
      widget: 'radio',
      optionTitles: { none: 'None', basic: 'User and password', bearer: 'Token' },
      i18n: { es: { title: 'Acceso' } },
    }).meta({ title: 'Sign-in' }),
    username: hinted(z.string().min(1).max(255).optional(), {
      order: 3,
      group: 'Receiver',
      width: 'half',
      visibleIf: { field: 'auth', equals: 'basic' },
      i18n: { es: { title: 'Usuario' } },
    }).meta({ title: 'User' }),
    password: hinted(secret(z.string().min(1).max(1_000)).optional(), {
      secret: true,
      order: 4,
      group: 'Receiver',
      width: 'half',
      visibleIf: { field: 'auth', equals: 'basic' },
      i18n: { es: { title: 'Contraseña' } },
    }).meta({ title: 'Password' }),
    token: hinted(secret(z.string().regex(/^[\x21-\x7e]{1,4000}$/, 'must be printable ASCII without spaces')).optional(), {
      secret: true,
      order: 5,
      group: 'Receiver',
      visibleIf: { field: 'auth', equals: 'bearer' },
    }).meta({ title: 'Token' }),
    labels: hinted(
      z
        .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/, 'is no label name'), z.string().min(1).max(500))
        .refine((labels) => Object.keys(labels).every((name) => !ownLabels.has(name)), `may not replace ${[...ownLabels].join(', ')}`)
        .default({}),
      {
        order: 6,
        group: 'Alert',
        widget: 'code',
        i18n: { es: { title: 'Otras etiquetas', description: 'Van en cada alerta, para las rutas de Alertmanager' } },
      },
    ).meta({ title: 'Further labels', description: 'On every alert, for the routes of the Alertmanager', examples: [{ team: 'risk' }] }),
    eventMinutes: hinted(z.int().min(1).max(1_440).default(15), {
      order: 7,
      group: 'Alert',
      width: 'half',
      i18n: { es: { title: 'Duración de un suceso, en minutos', description: 'Un suceso no se resuelve: su alerta termina sola' } },
    }).meta({ title: 'Length of an event, in minutes', description: 'Nothing resolves an event: its alert ends by itself' }),
    alertHours: hinted(z.int().min(1).max(720).default(24), {
      order: 8,
      group: 'Alert',
      width: 'half',
      i18n: { es: { title: 'Duración máxima de una alerta, en horas', description: 'Si no llega antes el aviso de que está resuelta' } },
    }).meta({ title: 'Longest length of an alert, in hours', description: 'Unless the message that it is resolved comes first' }),
    summaryTemplate: hinted(z.string().min(1).max(500).default('{{title}}'), {
      order: 9,
      group: 'Words',
      i18n: { es: { title: 'Plantilla del resumen', description: ayuda } },
    }).meta({ title: 'Summary template', description: help, examples: ['{{title}}'] }),
    descriptionTemplate: hinted(z.string().max(4_000).default('{{text}}'), {
      order: 10,
      group: 'Words',
      widget: 'textarea',
      i18n: { es: { title: 'Plantilla de la descripción', description: ayuda } },
    }).meta({ title: 'Description template', description: help, examples: ['{{text}}'] }),
  })
  .refine(({ auth, username, password }) => auth !== 'basic' || (username !== undefined && password !== undefined), {
    path: ['username'],
    message: 'User and password are both needed.',
  })
  .refine(({ auth, token }) => auth !== 'bearer' || token !== undefined, { path: ['token'], message: 'The token is needed.' })
  .meta({ examples: [{ url: 'https://alertmanager.example.com', labels: { team: 'risk' } }] });
export type AlertmanagerTarget = z.infer<typeof AlertmanagerTarget>;
