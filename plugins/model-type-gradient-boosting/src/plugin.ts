import { definePlugin } from '@crisol/plugin-api';
import { gradientBoosting } from './gradient-boosting.model-type.js';

export default definePlugin({
  id: 'model-type-gradient-boosting',
  setup: () => ({ modelTypes: [gradientBoosting()] }),
});
