import { definePlugin } from '@crisol/plugin-api';
import { signatureValidator } from './signature.validator.js';

export default definePlugin({
  id: 'validator-signature',
  setup: () => ({ validators: [signatureValidator] }),
});
