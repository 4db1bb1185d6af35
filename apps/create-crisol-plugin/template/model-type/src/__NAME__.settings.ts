import { z } from 'zod';

/** Settings of the plugin; it has none yet. */
export const Settings = z.strictObject({});

/** Parameters of a training; each has a default. */
export const Params = z.strictObject({
  trim: z
    .number()
    .min(0)
    .max(0.45)
    .default(0.05)
    .meta({ title: 'Trim', description: 'Share of the targets that is left out at each end before the mean is taken', examples: [0.1] }),
});
export type Params = z.infer<typeof Params>;
