import { definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'hangs',
  setup: () => ({
    notifiers: [
      {
        name: 'hangs',
        title: 'hangs',
        target: z.strictObject({}),
        send: () => new Promise(() => undefined),
      },
    ],
  }),
});
