import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

const help = '{{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} and {{data.field}} are replaced';
const ayuda = 'Se sustituyen {{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} y {{data.campo}}';

/** The service behind one integration key. */
export const PagerDutyTarget = z
  .strictObject({
    routingKey: hinted(secret(z.string().regex(/^[A-Za-z0-9]{32}$/, 'must be the 32 letters and digits of the integration')), {
      order: 1,
      group: 'Receiver',
      i18n: { es: { title: 'Clave de integración', description: 'De una integración «Events API v2» del servicio' } },
    }).meta({ title: 'Integration key', description: 'Of an “Events API v2” integration of the service' }),
    region: hinted(z.enum(['us', 'eu']).default('us'), {
      order: 2,
      group: 'Receiver',
      widget: 'radio',
      optionTitles: { us: 'United States', eu: 'Europe' },
      i18n: { es: { title: 'Región de la cuenta' } },
    }).meta({ title: 'Region of the account' }),
    source: hinted(z.string().min(1).max(255).default('crisol'), {
      order: 3,
      group: 'Event',
      width: 'half',
      i18n: { es: { title: 'Origen', description: 'Qué sistema habla; una instalación, un nombre' } },
    }).meta({ title: 'Source', description: 'Which system speaks; one name for each installation', examples: ['crisol.example.com'] }),
    component: hinted(z.string().max(255).optional(), {
      order: 4,
      group: 'Event',
      width: 'half',
      i18n: { es: { title: 'Componente' } },
    }).meta({ title: 'Component', examples: ['fraud-model'] }),
    summaryTemplate: hinted(z.string().min(1).max(1_000).default('{{title}}'), {
      order: 5,
      group: 'Words',
      i18n: { es: { title: 'Plantilla del resumen', description: ayuda } },
    }).meta({ title: 'Summary template', description: help, examples: ['{{title}} ({{data.model}})'] }),
    textTemplate: hinted(z.string().max(4_000).default('{{text}}'), {
      order: 6,
      group: 'Words',
      widget: 'textarea',
      i18n: { es: { title: 'Plantilla de los detalles', description: ayuda } },
    }).meta({ title: 'Details template', description: help, examples: ['{{text}}'] }),
  })
  .meta({ examples: [{ routingKey: '0123456789abcdef0123456789abcdef' }] });
export type PagerDutyTarget = z.infer<typeof PagerDutyTarget>;
