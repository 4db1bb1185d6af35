import { definePlugin } from '@crisol/plugin-api';
import { randomForest } from './random-forest.model-type.js';

export default definePlugin({
  id: 'model-type-random-forest',
  setup: () => ({ modelTypes: [randomForest()] }),
});
