import { definePlugin } from '@crisol/plugin-api';
import { linear } from './linear.model-type.js';

export default definePlugin({
  id: 'model-type-linear',
  setup: () => ({ modelTypes: [linear()] }),
});
