import { PluginManifest } from '@crisol/plugin-api';
import { describeContract, featureStoreContract, makeFakes } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import plugin from './plugin.ts';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

describeContract({ describe, it }, featureStoreContract, {
  create: () => ({
    plugin,
    manifest: PluginManifest.parse(crisol),
    now: makeFakes().clock.now(),
    async seed(store, rows) {
      const signal = new AbortController().signal;
      const features = [
        { name: 'trips', type: 'number' },
        { name: 'city', type: 'text' },
      ] as const;
      await store.defineView?.({ name: 'driver', entities: ['driver_id'], features, maxAgeSeconds: 86_400 }, signal);
      await store.write?.(
        'driver',
        rows.map(({ driver_id, at, ...values }) => ({ keys: { driver_id }, at, values })),
        signal,
      );
    },
  }),
  capabilities: ['write'],
});
