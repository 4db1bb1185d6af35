import { definePlugin, secret } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'with-secrets',
  settings: z.strictObject({ user: z.string().default('nobody'), token: secret(z.string().min(8)).default('changeme') }),
  setup: ({ settings }) => ({
    notifiers: [
      {
        name: 'with-secrets',
        title: 'with-secrets',
        target: z.strictObject({}),
        send: () => Promise.resolve({ deliveredAt: 0, reference: `${settings.token.length} characters` }),
      },
    ],
    check: () => Promise.resolve({ message: `The token has ${settings.token.length} characters.` }),
  }),
});
