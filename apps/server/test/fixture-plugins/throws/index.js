import { definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'throws',
  setup: () => ({
    notifiers: [
      {
        name: 'throws',
        title: 'throws',
        target: z.strictObject({}),
        send: () => {
          throw 'a string';
        },
      },
    ],
  }),
});
