import { definePlugin } from '@crisol/plugin-api';
import { expectationsValidator } from './expectations.validator.js';

export default definePlugin({
  id: 'validator-expectations',
  setup: () => ({ validators: [expectationsValidator] }),
});
