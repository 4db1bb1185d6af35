import type { FieldHints } from '@crisol/plugin-api';
import { z } from 'zod';

function hints(order: number, title: string, description: string, more: FieldHints = {}): { 'x-ui': FieldHints } {
  return { 'x-ui': { order, width: 'half', ...more, i18n: { es: { title, description } } } };
}

/** What the file itself may not say. */
export const OnnxParams = z.strictObject({
  task: z
    .enum(['auto', 'regression', 'binary', 'multiclass', 'anomaly', 'clustering'])
    .default('auto')
    .meta({
      title: 'Task',
      description: 'What the model predicts. Automatic: read from its operators and outputs.',
      ...hints(1, 'Tarea', 'Qué predice el modelo. Automático: se lee de sus operadores y salidas.'),
    }),
  labels: z
    .array(z.string().min(1).max(200))
    .max(10_000)
    .default([])
    .meta({
      title: 'Classes',
      description: 'Names of the classes in the order of the probabilities; needed only when the file does not name them.',
      ...hints(2, 'Clases', 'Nombres de las clases en el orden de las probabilidades; solo si el archivo no los nombra.', {
        width: 'full',
      }),
    }),
});
export type OnnxParams = z.infer<typeof OnnxParams>;
