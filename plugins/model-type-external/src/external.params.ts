import type { FieldHints } from '@crisol/plugin-api';
import { z } from 'zod';

function hints(order: number, title: string, description: string, more: FieldHints = {}): { 'x-ui': FieldHints } {
  return { 'x-ui': { order, width: 'half', ...more, i18n: { es: { title, description } } } };
}

/** Which trainer, and what it gets; the names are those of the settings. */
export function externalParams(trainers: readonly string[]) {
  const [first = ''] = trainers;
  const name = trainers.length > 0 ? z.enum(trainers).default(first) : z.string().max(64).default('');
  return z.strictObject({
    trainer: name.meta({
      title: 'Trainer',
      description: 'Which of the commands of the settings trains.',
      ...hints(1, 'Entrenador', 'Cuál de los comandos de la configuración entrena.'),
    }),
    params: z
      .record(z.string().min(1).max(200), z.json())
      .default({})
      .meta({
        title: 'Parameters',
        description: 'What the trainer finds under "params" in params.json, such as {"rounds": 200}.',
        ...hints(2, 'Parámetros', 'Lo que el entrenador encuentra en "params" de params.json, como {"rounds": 200}.', {
          width: 'full',
          widget: 'code',
        }),
      }),
  });
}
export type ExternalParams = z.infer<ReturnType<typeof externalParams>>;
