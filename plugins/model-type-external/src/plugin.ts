import { Commands, definePlugin } from '@crisol/plugin-api';
import { external } from './external.model-type.js';
import { ExternalSettings } from './external.settings.js';

export default definePlugin({
  id: 'model-type-external',
  settings: ExternalSettings,
  uses: { commands: Commands },
  setup: ({ settings, commands }) => ({ modelTypes: [external(settings, commands)] }),
});
