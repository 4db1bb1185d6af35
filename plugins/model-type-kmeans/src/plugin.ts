import { definePlugin } from '@crisol/plugin-api';
import { kmeans } from './kmeans.model-type.js';

export default definePlugin({
  id: 'model-type-kmeans',
  setup: () => ({ modelTypes: [kmeans()] }),
});
