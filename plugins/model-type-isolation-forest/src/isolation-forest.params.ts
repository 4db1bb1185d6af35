import type { FieldHints, SearchRange } from '@crisol/plugin-api';
import { z } from 'zod';

function hints(order: number, title: string, description: string): { 'x-ui': FieldHints } {
  return { 'x-ui': { order, width: 'half', i18n: { es: { title, description } } } };
}

/** Parameters of isolation forests; the defaults are those of the paper. */
export const IsolationForestParams = z.strictObject({
  trees: z
    .int()
    .min(1)
    .max(5000)
    .default(100)
    .meta({
      title: 'Trees',
      description: 'More trees make the score steadier and the model larger.',
      ...hints(1, 'Árboles', 'Más árboles hacen la puntuación más estable y el modelo más grande.'),
    }),
  sampleRows: z
    .int()
    .min(2)
    .max(65_536)
    .default(256)
    .meta({
      title: 'Rows in a tree',
      description: 'Rows that each tree sees. Small samples keep unusual rows from hiding each other.',
      ...hints(2, 'Filas por árbol', 'Filas que ve cada árbol. Muestras pequeñas evitan que las filas inusuales se oculten entre sí.'),
    }),
  maxDepth: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .meta({
      title: 'Depth of a tree',
      description: 'Most splits from the root to a leaf; 0 takes the logarithm of the rows in a tree.',
      ...hints(3, 'Profundidad del árbol', 'Máximo de divisiones de la raíz a una hoja; 0 toma el logaritmo de las filas por árbol.'),
    }),
});
export type IsolationForestParams = z.infer<typeof IsolationForestParams>;

export const isolationForestSearch: Readonly<Record<string, SearchRange>> = {
  trees: { kind: 'int', low: 50, high: 500, step: 50 },
  sampleRows: { kind: 'int', low: 64, high: 2048, log: true },
};
