import { definePlugin } from '@crisol/plugin-api';
import { Settings } from './__NAME__.settings.ts';
import { __CAMEL__Validator } from './__NAME__.validator.ts';

export default definePlugin({
  id: '__ID__',
  settings: Settings,
  setup: ({ settings }) => ({ validators: [__CAMEL__Validator(settings)] }),
});
