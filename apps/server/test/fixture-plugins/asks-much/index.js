import { Artifacts, definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

/** Wants more of the host at once than the host should hold. */
export default definePlugin({
  id: 'asks-much',
  uses: { artifacts: Artifacts },
  setup: ({ artifacts }) => ({
    notifiers: [
      {
        name: 'asks-much',
        title: 'asks-much',
        target: z.strictObject({ puts: z.int().default(0), gets: z.int().default(0) }),
        send: async (message, { puts, gets }) => {
          const bytes = new Uint8Array(8 * 1_048_576);
          const asked = [
            ...Array.from({ length: puts }, (_, i) => artifacts.put(`p${i}`, bytes)),
            ...Array.from({ length: gets }, (_, i) => artifacts.get(`g${i}`)),
          ];
          const settled = Promise.allSettled(asked);
          // The host hears this after all of them.
          await artifacts.list();
          const refused = (await settled).filter(({ status }) => status === 'rejected');
          return { deliveredAt: 0, reference: `${refused.length} ${refused[0]?.reason.code ?? 'none'}` };
        },
      },
    ],
  }),
});
