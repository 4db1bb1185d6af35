import { definePlugin } from '@crisol/plugin-api';
import { latencyValidator } from './latency.validator.js';

export default definePlugin({
  id: 'validator-latency',
  setup: () => ({ validators: [latencyValidator] }),
});
