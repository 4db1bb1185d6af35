import { definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'with-settings',
  settings: z.strictObject({ greeting: z.string().min(1), times: z.int().min(1).default(1) }),
  setup: ({ settings }) => ({
    notifiers: [
      {
        name: 'with-settings',
        title: 'with-settings',
        target: z.strictObject({}),
        send: () => Promise.resolve({ deliveredAt: 0, reference: settings.greeting.repeat(settings.times) }),
      },
    ],
  }),
});
