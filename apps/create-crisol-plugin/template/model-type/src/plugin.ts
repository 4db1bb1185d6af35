import { definePlugin } from '@crisol/plugin-api';
import { __CAMEL__ModelType } from './__NAME__.model-type.ts';
import { Settings } from './__NAME__.settings.ts';

export default definePlugin({
  id: '__ID__',
  settings: Settings,
  setup: () => ({ modelTypes: [__CAMEL__ModelType] }),
});
