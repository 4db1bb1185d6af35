import { Clock, definePlugin, HttpClient } from '@crisol/plugin-api';
import { FeastClient } from './feast-client.js';
import { feastFeatureStore } from './feast.feature-store.js';
import { FeastSettings } from './feast.settings.js';

export default definePlugin({
  id: 'feature-store-feast',
  settings: FeastSettings,
  uses: { http: HttpClient, clock: Clock },
  setup: ({ settings, http, clock }) => {
    const client = new FeastClient(http, settings);
    const store = feastFeatureStore(client, settings, clock);
    return {
      featureStores: [store],
      async check(signal) {
        await client.health(signal);
        // An entity that hardly exists: whether Feast knows the views and features shows all the same.
        for (const { name, entities, features } of settings.views) {
          const keys = Object.fromEntries(entities.map((entity) => [entity, '0']));
          await store.readOnline(
            features.map((feature) => `${name}:${feature.name}`),
            [keys],
            signal,
          );
        }
        const count = settings.views.length;
        return { message: `Feast answers, and knows ${count === 1 ? 'the view' : `the ${count} views`} with all features.` };
      },
    };
  },
});
