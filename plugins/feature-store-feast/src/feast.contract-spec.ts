import { describe, expect, it } from '@jest/globals';
import { HttpClient, PluginManifest } from '@crisol/plugin-api';
import { describeContract, featureStoreContract, makeFakes, type FeatureStoreSubject } from '@crisol/plugin-testing';
import { readFileSync } from 'node:fs';
import { MemoryFeast } from '../test/memory-feast.js';
import plugin from './plugin.js';

const { crisol } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
/** A Feast server gives no history over HTTP; these promises are about nothing else. */
const aboutHistory = [
  'never sees the future of a row, and sees what happened at its very moment',
  'measures age at the time of the row, not now',
  'answers a batch as it answers row by row, now and as of a time',
];
const without = { ...featureStoreContract, cases: featureStoreContract.cases.filter(({ name }) => !aboutHistory.includes(name)) };
const settings = {
  url: 'https://feast.example.com',
  writes: 'online',
  views: [
    {
      name: 'driver',
      entities: ['driver_id'],
      features: [
        { name: 'trips', type: 'number' },
        { name: 'city', type: 'text' },
      ],
      maxAgeSeconds: 86_400,
    },
  ],
};

describeContract({ describe, it }, without, {
  create: (): FeatureStoreSubject => {
    const feast = new MemoryFeast();
    return {
      plugin,
      refs: { [HttpClient.id]: feast },
      broken: {
        prepare: () => {
          feast.isDown = true;
        },
      },
      manifest: PluginManifest.parse(crisol),
      settings,
      now: makeFakes().clock.now(),
      async seed(store, rows) {
        for (const { driver_id, at, trips, city } of rows)
          await store.write?.('driver', [{ keys: { driver_id }, at, values: { trips, city } }], new AbortController().signal);
      },
    };
  },
  // Its views come from the settings, so nothing can be defined; what it does write, its own specs try.
  capabilities: ['check'],
});

describe('the promises about history', () => {
  it('are the only ones left out', () => {
    expect(featureStoreContract.cases.length - without.cases.length).toBe(aboutHistory.length);
  });
});
