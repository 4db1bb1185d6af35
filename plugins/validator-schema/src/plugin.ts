import { Datasets, definePlugin } from '@crisol/plugin-api';
import { schemaValidator } from './schema.validator.js';

export default definePlugin({
  id: 'validator-schema',
  uses: { datasets: Datasets },
  setup: ({ datasets }) => ({ validators: [schemaValidator(datasets)] }),
});
