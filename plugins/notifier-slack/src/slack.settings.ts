import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

const words = { group: 'Words', widget: 'textarea' } as const;
const help = '{{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} and {{data.field}} are replaced';
const ayuda = 'Se sustituyen {{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} y {{data.campo}}';

/** The room behind one incoming webhook. */
export const SlackTarget = z
  .strictObject({
    // The address of an incoming webhook is its password: whoever knows it may post.
    url: hinted(secret(z.url({ protocol: /^https?$/ }).max(2_000)), {
      order: 1,
      group: 'Receiver',
      i18n: { es: { title: 'Dirección del webhook', description: 'Quien la conoce puede publicar: se guarda como un secreto' } },
    }).meta({
      title: 'Webhook address',
      description: 'Whoever knows it may post, so it is kept as a secret',
      examples: ['https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX'],
    }),
    channel: hinted(z.string().max(80).optional(), {
      order: 2,
      group: 'Receiver',
      width: 'half',
      i18n: { es: { title: 'Canal', description: 'Solo Mattermost y Rocket.Chat; en Slack lo decide el webhook' } },
    }).meta({ title: 'Channel', description: 'Mattermost and Rocket.Chat only; in Slack the webhook decides', examples: ['ml-alerts'] }),
    username: hinted(z.string().max(80).optional(), {
      order: 3,
      group: 'Receiver',
      width: 'half',
      i18n: { es: { title: 'Nombre mostrado', description: 'Solo Mattermost y Rocket.Chat' } },
    }).meta({ title: 'Shown name', description: 'Mattermost and Rocket.Chat only', examples: ['Crisol'] }),
    titleTemplate: hinted(z.string().min(1).max(500).default('{{title}}'), {
      order: 4,
      group: 'Words',
      i18n: { es: { title: 'Plantilla del título', description: ayuda } },
    }).meta({ title: 'Title template', description: help, examples: ['[{{severity}}] {{title}}'] }),
    textTemplate: hinted(z.string().max(4_000).default('{{text}}'), {
      ...words,
      order: 5,
      i18n: { es: { title: 'Plantilla del texto', description: ayuda } },
    }).meta({ title: 'Text template', description: help, examples: ['{{text}} ({{data.model}})'] }),
  })
  .meta({ examples: [{ url: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX' }] });
export type SlackTarget = z.infer<typeof SlackTarget>;
