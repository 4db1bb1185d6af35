import { definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'rejects-late',
  setup: () => ({
    notifiers: [
      {
        name: 'rejects-late',
        title: 'rejects-late',
        target: z.strictObject({}),
        // Obeys the abort, but only after the caller has gone, and throws no error at all.
        send: (_message, _target, signal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => setImmediate(() => reject('too late')))),
      },
    ],
  }),
});
