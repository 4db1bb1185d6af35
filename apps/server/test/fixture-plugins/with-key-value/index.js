import { definePlugin, KeyValue } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'with-key-value',
  uses: { keyValue: KeyValue },
  setup: ({ keyValue }) => ({
    notifiers: [
      {
        name: 'with-key-value',
        title: 'with-key-value',
        target: z.strictObject({}),
        send: async () => {
          const sent = ((await keyValue.get('sent')) ?? 0) + 1;
          await keyValue.set('sent', sent);
          return { deliveredAt: 0, reference: String(sent) };
        },
      },
    ],
  }),
});
