import { Clock, definePlugin, Logger } from '@crisol/plugin-api';
import { RedisConnection } from './redis-connection.js';
import { redisFeatureStore } from './redis.feature-store.js';
import { RedisSettings } from './redis.settings.js';

export default definePlugin({
  id: 'feature-store-redis',
  settings: RedisSettings,
  uses: { log: Logger, clock: Clock },
  setup: ({ settings, log, clock }) => {
    const connection = new RedisConnection(settings, log);
    const store = redisFeatureStore(connection, settings, clock);
    return {
      featureStores: [store],
      async check(signal) {
        const views = await store.listViews(signal);
        return { message: `Redis answers; it holds ${views.length === 1 ? '1 view' : `${views.length} views`}.` };
      },
      dispose: () => connection.close(),
    };
  },
});
