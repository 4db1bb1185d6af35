import { definePlugin } from '@crisol/plugin-api';
import { fairnessValidator } from './fairness.validator.js';

export default definePlugin({
  id: 'validator-fairness',
  setup: () => ({ validators: [fairnessValidator] }),
});
