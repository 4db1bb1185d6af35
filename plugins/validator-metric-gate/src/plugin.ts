import { definePlugin } from '@crisol/plugin-api';
import { metricGateValidator } from './metric-gate.validator.js';

export default definePlugin({
  id: 'validator-metric-gate',
  setup: () => ({ validators: [metricGateValidator] }),
});
