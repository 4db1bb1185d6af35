import { z } from 'zod';

/** Settings of the plugin. */
export const Settings = z.strictObject({
  tolerance: z
    .number()
    .min(0)
    .default(0)
    .meta({ title: 'Tolerance', description: 'How far a value may pass its bound', examples: [0.001] }),
});
export type Settings = z.infer<typeof Settings>;

/** Arguments of the check of a table. */
export const ColumnAtLeast = z.strictObject({
  column: z.string().meta({ title: 'Column', examples: ['price'] }),
  minimum: z.number().meta({ title: 'Least value', examples: [0] }),
});
/** Arguments of the check of a model version. */
export const MetricAtLeast = z.strictObject({
  metric: z.string().meta({ title: 'Metric', description: 'One of the figures of the version', examples: ['r2'] }),
  minimum: z.number().meta({ title: 'Least value', examples: [0.8] }),
});
