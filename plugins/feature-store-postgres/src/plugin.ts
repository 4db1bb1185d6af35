import { Clock, definePlugin, OwnDatabase } from '@crisol/plugin-api';
import { postgresFeatureStore } from './postgres.feature-store.js';

export default definePlugin({
  id: 'feature-store-postgres',
  uses: { database: OwnDatabase, clock: Clock },
  setup: ({ database, clock }) => {
    const store = postgresFeatureStore(database, clock);
    return {
      featureStores: [store],
      async check(signal) {
        const views = await store.listViews(signal);
        return { message: `The database answers; it holds ${views.length === 1 ? '1 view' : `${views.length} views`}.` };
      },
    };
  },
});
