import { definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

/** What the test reads: a plugin of its own would keep no such thing. */
const seen = (globalThis[Symbol.for('with-dispose')] ??= { made: 0, disposed: 0, calls: 0, callsAfterDispose: 0 });

export default definePlugin({
  id: 'with-dispose',
  settings: z.strictObject({ name: z.string().default('first') }),
  setup: () => {
    let disposed = false;
    seen.made++;
    return {
      notifiers: [
        {
          name: 'with-dispose',
          title: 'with-dispose',
          target: z.strictObject({}),
          send: async () => {
            seen.calls++;
            if (disposed) seen.callsAfterDispose++;
            await new Promise((resolve) => setImmediate(resolve));
            if (disposed) seen.callsAfterDispose++;
            return { deliveredAt: 0 };
          },
        },
      ],
      dispose: () => {
        if (!disposed) seen.disposed++;
        disposed = true;
      },
    };
  },
});
