import { Clock, definePlugin, KeyValue } from '@crisol/plugin-api';
import { __CAMEL__Store } from './__NAME__.feature-store.ts';
import { Settings } from './__NAME__.settings.ts';

export default definePlugin({
  id: '__ID__',
  settings: Settings,
  uses: { keyValue: KeyValue, clock: Clock },
  setup({ settings, keyValue, clock }) {
    return {
      featureStores: [__CAMEL__Store(settings, keyValue, clock)],
      async check(signal) {
        await keyValue.get('views', signal);
        return { message: 'The storage of the plugin answers.' };
      },
    };
  },
});
