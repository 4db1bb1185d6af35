import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

const help = '{{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} and {{data.field}} are replaced';
const ayuda = 'Se sustituyen {{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} y {{data.campo}}';

/** The chat or channel behind one workflow. */
export const TeamsTarget = z
  .strictObject({
    // The address carries the signature with which the workflow is called.
    url: hinted(secret(z.url({ protocol: /^https?$/ }).max(2_000)), {
      order: 1,
      group: 'Receiver',
      i18n: {
        es: {
          title: 'Dirección del flujo de trabajo',
          description: 'Del desencadenante «Cuando se recibe una solicitud de webhook de Teams»; se guarda como un secreto',
        },
      },
    }).meta({
      title: 'Workflow address',
      description: 'Of the trigger “When a Teams webhook request is received”; kept as a secret',
      examples: ['https://prod-00.westeurope.logic.azure.com:443/workflows/…/triggers/manual/paths/invoke?sig=…'],
    }),
    titleTemplate: hinted(z.string().min(1).max(500).default('{{title}}'), {
      order: 2,
      group: 'Words',
      i18n: { es: { title: 'Plantilla del título', description: ayuda } },
    }).meta({ title: 'Title template', description: help, examples: ['[{{severity}}] {{title}}'] }),
    textTemplate: hinted(z.string().max(4_000).default('{{text}}'), {
      order: 3,
      group: 'Words',
      widget: 'textarea',
      i18n: { es: { title: 'Plantilla del texto', description: ayuda } },
    }).meta({ title: 'Text template', description: help, examples: ['{{text}}'] }),
    facts: hinted(z.boolean().default(true), {
      order: 4,
      group: 'Words',
      i18n: { es: { title: 'Mostrar suceso, gravedad y hora' } },
    }).meta({ title: 'Show event, severity and time' }),
  })
  .meta({ examples: [{ url: 'https://prod-00.westeurope.logic.azure.com:443/workflows/0123/triggers/manual/paths/invoke?sig=abc' }] });
export type TeamsTarget = z.infer<typeof TeamsTarget>;
