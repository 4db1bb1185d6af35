import { z } from 'zod';

/** Settings of the plugin. */
export const Settings = z.strictObject({
  history: z
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .meta({ title: 'History', description: 'Rows that are kept of each entity, the newest', examples: [10] }),
});
export type Settings = z.infer<typeof Settings>;
