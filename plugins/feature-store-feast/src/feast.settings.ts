import { hinted, secret } from '@crisol/plugin-api';
import { z } from 'zod';

const name = z
  .string()
  .max(128)
  .regex(/^[^\s/:@%\\]+$/, 'must hold no white space and none of / : @ % \\');
const View = z.strictObject({
  name,
  entities: z.array(name).min(1).max(20),
  features: z
    .array(z.strictObject({ name, type: z.enum(['number', 'integer', 'boolean', 'text', 'timestamp']) }))
    .min(1)
    .max(1_000),
  maxAgeSeconds: z.number().positive().nullable().default(null),
  pushSource: name.optional(),
  timestampField: name.default('event_timestamp'),
});
export type FeastView = z.output<typeof View>;

export const FeastSettings = z
  .strictObject({
    url: hinted(
      z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .meta({ title: 'URL', description: 'Of the feature server, such as https://feast.example.com:6566' }),
      { order: 1, group: 'Connection' },
    ),
    token: hinted(
      secret(z.string().min(1).max(10_000))
        .optional()
        .meta({ title: 'Token', description: 'Sent as a bearer token, where the server asks for one' }),
      { order: 2, group: 'Connection', secret: true, widget: 'password' },
    ),
    timeoutMs: hinted(z.int().min(50).max(30_000).default(2_000).meta({ title: 'Time for one request (ms)' }), {
      order: 3,
      group: 'Connection',
    }),
    views: hinted(
      z
        .array(View)
        .min(1)
        .max(200)
        .refine((views) => new Set(views.map((view) => view.name)).size === views.length, 'must not name a view twice')
        .meta({
          title: 'Views',
          description:
            'The feature server does not list its views: name each with its join keys, features and the age after which a value is too old (its TTL)',
        }),
      { order: 4, group: 'Features', widget: 'code' },
    ),
    writes: hinted(
      z
        .enum(['off', 'online', 'online_and_offline'])
        .default('off')
        .meta({ title: 'Writes', description: 'Rows go to the push source of their view; without one, straight to the online store' }),
      {
        order: 5,
        group: 'Features',
        optionTitles: { off: 'Refused', online: 'To the online store', online_and_offline: 'To the online and the offline store' },
      },
    ),
  })
  .refine(({ writes, views }) => writes !== 'online_and_offline' || views.every((view) => view.pushSource !== undefined), {
    path: ['writes'],
    message: 'writing to the offline store takes a pushSource for each view',
  })
  .meta({
    examples: [
      {
        url: 'https://feast.example.com',
        views: [{ name: 'driver_stats', entities: ['driver_id'], features: [{ name: 'trips', type: 'integer' }], maxAgeSeconds: 86_400 }],
      },
    ],
  });
export type FeastSettings = z.output<typeof FeastSettings>;
