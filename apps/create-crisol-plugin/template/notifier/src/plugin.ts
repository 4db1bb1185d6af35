import { Clock, definePlugin, HttpClient } from '@crisol/plugin-api';
import { __CAMEL__Notifier } from './__NAME__.notifier.ts';
import { Settings } from './__NAME__.settings.ts';

export default definePlugin({
  id: '__ID__',
  settings: Settings,
  uses: { http: HttpClient, clock: Clock },
  setup: ({ settings, http, clock }) => ({ notifiers: [__CAMEL__Notifier(settings, http, clock)] }),
});
