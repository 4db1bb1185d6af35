import type { FieldHints, SearchRange } from '@crisol/plugin-api';
import { z } from 'zod';

function hints(order: number, title: string, description: string): { 'x-ui': FieldHints } {
  return { 'x-ui': { order, width: 'half', i18n: { es: { title, description } } } };
}

/** Parameters of linear models. */
export const LinearParams = z.strictObject({
  alpha: z
    .number()
    .min(0)
    .max(1e9)
    .default(1)
    .meta({
      title: 'Ridge penalty',
      description: 'For numbers: how strongly weights are pulled to zero; 0 is plain least squares.',
      ...hints(1, 'Penalización ridge', 'Para números: con qué fuerza se acercan los pesos a cero; 0 son mínimos cuadrados.'),
    }),
  inverseRegularisation: z
    .number()
    .min(1e-6)
    .max(1e9)
    .default(1)
    .meta({
      title: 'Inverse regularisation (C)',
      description: 'For classes: weight of the data against the penalty; larger means less regularisation.',
      ...hints(
        2,
        'Regularización inversa (C)',
        'Para clases: peso de los datos frente a la penalización; mayor significa menos regularización.',
      ),
    }),
  maxIterations: z
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .meta({
      title: 'Iterations',
      description: 'For classes: most steps of the optimiser.',
      ...hints(3, 'Iteraciones', 'Para clases: máximo de pasos del optimizador.'),
    }),
  standardise: z
    .boolean()
    .default(true)
    .meta({
      title: 'Standardise columns',
      description: 'Scales numeric columns to mean 0 and deviation 1, so that the penalty treats them alike.',
      ...hints(
        4,
        'Estandarizar columnas',
        'Lleva las columnas numéricas a media 0 y desviación 1, para que la penalización las trate por igual.',
      ),
    }),
});
export type LinearParams = z.infer<typeof LinearParams>;

export const linearSearch: Readonly<Record<string, SearchRange>> = {
  alpha: { kind: 'float', low: 1e-3, high: 1e3, log: true },
  inverseRegularisation: { kind: 'float', low: 1e-3, high: 1e3, log: true },
  standardise: { kind: 'categorical', choices: [true, false] },
};
