import type { FieldHints, SearchRange } from '@crisol/plugin-api';
import { z } from 'zod';

function hints(order: number, title: string, description: string): { 'x-ui': FieldHints } {
  return { 'x-ui': { order, width: 'half', i18n: { es: { title, description } } } };
}

/** Parameters of k-means. */
export const KMeansParams = z.strictObject({
  clusters: z
    .int()
    .min(2)
    .max(256)
    .default(8)
    .meta({
      title: 'Groups',
      description: 'How many groups to make.',
      ...hints(1, 'Grupos', 'Cuántos grupos formar.'),
    }),
  starts: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .meta({
      title: 'Starts',
      description: 'Runs from different first centres; the best is kept.',
      ...hints(2, 'Inicios', 'Ejecuciones desde distintos centros iniciales; se conserva la mejor.'),
    }),
  maxIterations: z
    .int()
    .min(1)
    .max(10_000)
    .default(300)
    .meta({
      title: 'Iterations',
      description: 'Most steps of one run.',
      ...hints(3, 'Iteraciones', 'Máximo de pasos de una ejecución.'),
    }),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(1e-4)
    .meta({
      title: 'Tolerance',
      description: 'A run ends when the centres move less than this share of the mean variance; 0 goes on until no row changes its group.',
      ...hints(
        4,
        'Tolerancia',
        'Una ejecución termina cuando los centros se mueven menos que esta parte de la varianza media; 0 sigue hasta que ninguna fila cambia de grupo.',
      ),
    }),
  standardise: z
    .boolean()
    .default(true)
    .meta({
      title: 'Standardise columns',
      description: 'Scales numeric columns to mean 0 and deviation 1, so that distances treat them alike.',
      ...hints(
        5,
        'Estandarizar columnas',
        'Lleva las columnas numéricas a media 0 y desviación 1, para que las distancias las traten por igual.',
      ),
    }),
});
export type KMeansParams = z.infer<typeof KMeansParams>;

export const kmeansSearch: Readonly<Record<string, SearchRange>> = {
  clusters: { kind: 'int', low: 2, high: 20 },
  standardise: { kind: 'categorical', choices: [true, false] },
};
