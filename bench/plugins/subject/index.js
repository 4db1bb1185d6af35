import { definePlugin } from '@crisol/plugin-api';
import { z } from 'zod';

// The least that a plugin can do: what is measured is the way to it.
export default definePlugin({
  id: 'bench-subject',
  setup: () => ({
    notifiers: [
      { name: 'echo', title: 'Echo', target: z.strictObject({}), send: async (message) => ({ deliveredAt: 1, reference: message.text }) },
    ],
    validators: [
      {
        name: 'columns',
        title: 'Columns',
        checkTypes: [{ type: 'means', title: 'Means', description: 'Reads every column whole.', kwargs: z.strictObject({}) }],
        async validate(table, checks, signal) {
          const read = await table.read(
            table.columns.map(({ name }) => name),
            signal,
          );
          const means = read.columns.map(({ values }) => {
            let sum = 0;
            for (let i = 0; i < values.length; i++) sum += values[i];
            return sum / values.length;
          });
          return checks.map(() => ({ outcome: 'passed', message: means.join(' '), hasFailingRows: false }));
        },
      },
    ],
  }),
});
