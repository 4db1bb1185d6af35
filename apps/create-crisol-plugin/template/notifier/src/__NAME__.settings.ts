import { defaultTemplate, secret } from '@crisol/plugin-api';
import { z } from 'zod';

/** Settings of the plugin, one for all channels. */
export const Settings = z.strictObject({
  timeoutMs: z
    .int()
    .min(100)
    .max(30_000)
    .default(5_000)
    .meta({ title: 'Time limit', description: 'Milliseconds until a delivery is given up and tried again', examples: [2_000] }),
});
export type Settings = z.infer<typeof Settings>;

/** Settings of one channel. */
export const Target = z.strictObject({
  url: z.url().meta({ title: 'Address', description: 'Receives a POST for each message', examples: ['https://chat.example.com/hook'] }),
  token: secret(z.string().max(200).default('')).meta({ title: 'Token', description: 'Goes into the header Authorization' }),
  template: z
    .string()
    .max(10_000)
    .default(defaultTemplate)
    .meta({ title: 'Template', description: '{{title}}, {{text}}, {{data.field}} …' }),
});
export type Target = z.infer<typeof Target>;
