import { definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'bad-settings',
  settings: z.strictObject({ port: z.int() }),
  setup: () => ({
    notifiers: [
      {
        name: 'bad-settings',
        title: 'bad-settings',
        target: z.strictObject({}),
        send: () => Promise.resolve({ deliveredAt: 0 }),
      },
    ],
  }),
});
