import { hinted } from '@crisol/plugin-api';
import { z } from 'zod';

const help = '{{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} and {{data.field}} are replaced';
const ayuda = 'Se sustituyen {{title}}, {{text}}, {{type}}, {{severity}}, {{at}}, {{link}} y {{data.campo}}';

/** How one channel writes to the log. */
export const LogTarget = z
  .strictObject({
    level: hinted(z.enum(['severity', 'debug', 'info', 'warn', 'error']).default('severity'), {
      order: 1,
      widget: 'radio',
      optionTitles: { severity: 'By severity', debug: 'Debug', info: 'Info', warn: 'Warn', error: 'Error' },
      i18n: { es: { title: 'Nivel', description: 'Por gravedad: info, warn para avisos, error para lo crítico' } },
    }).meta({ title: 'Level', description: 'By severity: info, warn for warnings, error for what is critical' }),
    textTemplate: hinted(z.string().min(1).max(4_000).default('{{title}}: {{text}}'), {
      order: 2,
      widget: 'textarea',
      i18n: { es: { title: 'Plantilla de la línea', description: ayuda } },
    }).meta({ title: 'Template of the line', description: help, examples: ['{{type}} {{title}}'] }),
  })
  .meta({ examples: [{ level: 'warn' }] });
export type LogTarget = z.infer<typeof LogTarget>;
