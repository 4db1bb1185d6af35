import { definePlugin } from '@crisol/plugin-api';
import { isolationForest } from './isolation-forest.model-type.js';

export default definePlugin({
  id: 'model-type-isolation-forest',
  setup: () => ({ modelTypes: [isolationForest()] }),
});
