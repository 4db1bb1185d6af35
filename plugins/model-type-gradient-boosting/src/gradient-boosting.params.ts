import type { FieldHints, SearchRange } from '@crisol/plugin-api';
import { z } from 'zod';

function hints(order: number, group: string, title: string, description: string, more: FieldHints = {}): { 'x-ui': FieldHints } {
  return { 'x-ui': { order, group, width: 'half', ...more, i18n: { es: { title, description } } } };
}

/** Parameters of gradient boosting; the defaults suit most tables. */
export const GradientBoostingParams = z.strictObject({
  rounds: z
    .int()
    .min(1)
    .max(5000)
    .default(100)
    .meta({
      title: 'Rounds',
      description: 'Trees grown one after another (for several classes: that many for each class).',
      ...hints(1, 'growth', 'Rondas', 'Árboles que crecen uno tras otro (con varias clases: esa cantidad por clase).'),
    }),
  learningRate: z
    .number()
    .min(0.001)
    .max(1)
    .default(0.1)
    .meta({
      title: 'Learning rate',
      description: 'How much each tree may change the prediction. Smaller needs more rounds.',
      ...hints(2, 'growth', 'Tasa de aprendizaje', 'Cuánto puede cambiar cada árbol la predicción. Más pequeña pide más rondas.'),
    }),
  maxLeaves: z
    .int()
    .min(2)
    .max(1024)
    .default(31)
    .meta({
      title: 'Leaves in a tree',
      description: 'Most leaves that one tree may have.',
      ...hints(3, 'growth', 'Hojas por árbol', 'Máximo de hojas que puede tener un árbol.'),
    }),
  maxDepth: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .meta({
      title: 'Depth of a tree',
      description: 'Most splits from the root to a leaf; 0 sets no limit.',
      ...hints(4, 'growth', 'Profundidad del árbol', 'Máximo de divisiones de la raíz a una hoja; 0 no pone límite.'),
    }),
  minLeafRows: z
    .int()
    .min(1)
    .max(100_000)
    .default(20)
    .meta({
      title: 'Rows in a leaf',
      description: 'Fewest training rows in a leaf.',
      ...hints(5, 'growth', 'Filas por hoja', 'Mínimo de filas de entrenamiento en una hoja.'),
    }),
  l2: z
    .number()
    .min(0)
    .max(1e6)
    .default(1)
    .meta({
      title: 'L2 regularisation',
      description: 'Pulls leaf values towards zero; λ in the literature.',
      ...hints(6, 'regularisation', 'Regularización L2', 'Acerca a cero los valores de las hojas; λ en la literatura.'),
    }),
  l1: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .meta({
      title: 'L1 regularisation',
      description: 'Sets weak leaf values to zero.',
      ...hints(7, 'regularisation', 'Regularización L1', 'Pone a cero los valores débiles de las hojas.'),
    }),
  minGain: z
    .number()
    .min(0)
    .max(1e9)
    .default(0)
    .meta({
      title: 'Least gain',
      description: 'A split must lower the loss by more than this.',
      ...hints(8, 'regularisation', 'Ganancia mínima', 'Una división debe bajar la pérdida en más que esto.'),
    }),
  rowShare: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .meta({
      title: 'Share of rows',
      description: 'Share of the training rows that each tree sees.',
      ...hints(9, 'sampling', 'Proporción de filas', 'Proporción de las filas de entrenamiento que ve cada árbol.', { widget: 'slider' }),
    }),
  columnShare: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .meta({
      title: 'Share of columns',
      description: 'Share of the columns that each tree sees.',
      ...hints(10, 'sampling', 'Proporción de columnas', 'Proporción de las columnas que ve cada árbol.', { widget: 'slider' }),
    }),
  earlyStopping: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .meta({
      title: 'Early stopping',
      description: 'Stops when held-back rows no longer improve, and keeps the best round. Automatic: on above 10,000 rows.',
      ...hints(
        11,
        'stopping',
        'Parada temprana',
        'Se detiene cuando las filas apartadas ya no mejoran y conserva la mejor ronda. Automática: activa con más de 10 000 filas.',
      ),
    }),
  validationShare: z
    .number()
    .min(0.01)
    .max(0.5)
    .default(0.1)
    .meta({
      title: 'Share held back',
      description: 'Share of the training rows held back for early stopping.',
      ...hints(12, 'stopping', 'Proporción apartada', 'Proporción de las filas apartadas para la parada temprana.'),
    }),
  patience: z
    .int()
    .min(1)
    .max(500)
    .default(10)
    .meta({
      title: 'Patience',
      description: 'Rounds without improvement before stopping.',
      ...hints(13, 'stopping', 'Paciencia', 'Rondas sin mejora antes de parar.'),
    }),
  monotone: z
    .record(z.string().min(1).max(200), z.enum(['rising', 'falling']))
    .default({})
    .meta({
      title: 'Monotone columns',
      description: 'Numeric columns whose effect must only rise or only fall, such as {"age": "rising"}.',
      ...hints(
        14,
        'regularisation',
        'Columnas monótonas',
        'Columnas numéricas cuyo efecto solo puede subir o solo bajar, como {"age": "rising"}.',
        {
          width: 'full',
          widget: 'code',
        },
      ),
    }),
});
export type GradientBoostingParams = z.infer<typeof GradientBoostingParams>;

export const gradientBoostingSearch: Readonly<Record<string, SearchRange>> = {
  rounds: { kind: 'int', low: 50, high: 1000, log: true },
  learningRate: { kind: 'float', low: 0.01, high: 0.3, log: true },
  maxLeaves: { kind: 'int', low: 7, high: 127, log: true },
  minLeafRows: { kind: 'int', low: 5, high: 100, log: true },
  l1: { kind: 'float', low: 0, high: 10 },
  l2: { kind: 'float', low: 0.01, high: 100, log: true },
  rowShare: { kind: 'float', low: 0.5, high: 1 },
  columnShare: { kind: 'float', low: 0.4, high: 1 },
};
