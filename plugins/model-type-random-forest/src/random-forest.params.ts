import type { FieldHints, SearchRange } from '@crisol/plugin-api';
import { z } from 'zod';

function hints(order: number, title: string, description: string): { 'x-ui': FieldHints } {
  return { 'x-ui': { order, width: 'half', i18n: { es: { title, description } } } };
}

/** Parameters of random forests. */
export const RandomForestParams = z.strictObject({
  trees: z
    .int()
    .min(1)
    .max(2000)
    .default(100)
    .meta({
      title: 'Trees',
      description: 'More trees make the answer steadier and the model larger.',
      ...hints(1, 'Árboles', 'Más árboles hacen la respuesta más estable y el modelo más grande.'),
    }),
  maxDepth: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .meta({
      title: 'Depth of a tree',
      description: 'Most splits from the root to a leaf; 0 sets no limit.',
      ...hints(2, 'Profundidad del árbol', 'Máximo de divisiones de la raíz a una hoja; 0 no pone límite.'),
    }),
  minLeafRows: z
    .int()
    .min(1)
    .max(100_000)
    .default(1)
    .meta({
      title: 'Rows in a leaf',
      description: 'Fewest training rows in a leaf; more makes a smaller, smoother model.',
      ...hints(3, 'Filas por hoja', 'Mínimo de filas de entrenamiento en una hoja; más da un modelo menor y más suave.'),
    }),
  features: z
    .enum(['auto', 'sqrt', 'all'])
    .default('auto')
    .meta({
      title: 'Columns in a split',
      description: 'How many columns each split looks at. Automatic: the square root for classes, all for numbers.',
      ...hints(
        4,
        'Columnas por división',
        'Cuántas columnas mira cada división. Automático: la raíz cuadrada para clases, todas para números.',
      ),
    }),
  bootstrap: z
    .boolean()
    .default(true)
    .meta({
      title: 'Draw rows with replacement',
      description: 'Each tree sees its own sample of the rows; the rest give the out-of-bag score.',
      ...hints(5, 'Muestrear filas con reemplazo', 'Cada árbol ve su propia muestra de filas; el resto da la puntuación fuera de bolsa.'),
    }),
});
export type RandomForestParams = z.infer<typeof RandomForestParams>;

export const randomForestSearch: Readonly<Record<string, SearchRange>> = {
  trees: { kind: 'int', low: 50, high: 500, step: 50 },
  maxDepth: { kind: 'int', low: 2, high: 32 },
  minLeafRows: { kind: 'int', low: 1, high: 50, log: true },
  features: { kind: 'categorical', choices: ['sqrt', 'all'] },
};
