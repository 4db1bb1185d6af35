import { definePlugin } from '@crisol/plugin-api';

export default definePlugin({
  id: 'fails-in-setup',
  setup: () => {
    throw new Error('setup has a bug');
  },
});
