// Records what a real Feast server answers, for the tests that run without Python:
//   node scripts/run.mjs conformance/feast/record.mjs
// writes plugins/feature-store-feast/test/golden/feast-<version>.json.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareFeast, startFeast } from './start-feast.mjs';

/** 2026-01-01T00:00:00Z, which stands for now in the recording. */
const NOW_SECONDS = 1_767_225_600;
const all = ['conv_rate', 'trips', 'city', 'active', 'since'].map((name) => `driver_stats:${name}`);
const at = (hours) => new Date((NOW_SECONDS - hours * 3_600) * 1_000).toISOString();
const whole = { conv_rate: [0.9], trips: [5], city: ['Ica'], active: [true], since: [1_600_000_000] };
const write = (hours, trips) => ({
  feature_view_name: 'driver_stats',
  df: { driver_id: [77], event_timestamp: [at(hours)], ...whole, trips: [trips] },
});
const ask = (features, entities) => ['POST', '/get-online-features', { features, entities, full_feature_names: true }];
const questions = {
  rows: ask(all, { driver_id: [1001, 1002, 1003, 1004, 9999] }),
  textKeys: ask(['driver_stats:trips'], { driver_id: ['1001'] }),
  twoKeys: ask(['pair_stats:trips', 'driver_stats:trips'], { driver_id: [1001, 1001], customer_id: ['c:1', 'c:2'] }),
  unknownView: ask(['nope:trips'], { driver_id: [1001] }),
  unknownFeature: ask(['driver_stats:nope'], { driver_id: [1001] }),
  wrongKey: ask(['driver_stats:trips'], { driver_id: ['abc'] }),
  missingKey: ask(['pair_stats:trips'], { driver_id: [1001] }),
  badBody: ['POST', '/get-online-features', { features: 'x' }],
  unknownPushSource: [
    'POST',
    '/push',
    { push_source_name: 'nope', df: { driver_id: [77], event_timestamp: [at(1)], ...whole }, to: 'online' },
  ],
  push: [
    'POST',
    '/push',
    { push_source_name: 'driver_stats_push', df: { driver_id: [78], event_timestamp: [at(1)], ...whole }, to: 'online' },
  ],
  write: ['POST', '/write-to-online-store', write(1, 5)],
  writeOlder: ['POST', '/write-to-online-store', write(9, 1)],
  afterOlder: ask(['driver_stats:trips'], { driver_id: [77, 78] }),
  writePart: [
    'POST',
    '/write-to-online-store',
    { feature_view_name: 'driver_stats', df: { driver_id: [79], event_timestamp: [at(1)], trips: [1] } },
  ],
  health: ['GET', '/health', undefined],
};

const why = prepareFeast();
if (why) throw new Error(`Nothing was recorded: ${why}.`);
const feast = await startFeast(NOW_SECONDS);
try {
  const recorded = {};
  for (const [name, [method, path, body]] of Object.entries(questions)) {
    const answer = await fetch(`${feast.url}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    recorded[name] = { request: { method, path, body }, status: answer.status, body: await answer.text() };
  }
  const version = /==(.+)/.exec(readFileSync(join(import.meta.dirname, 'requirements.txt'), 'utf8'))?.[1].trim();
  const folder = join(import.meta.dirname, '../../plugins/feature-store-feast/test/golden');
  mkdirSync(folder, { recursive: true });
  const origin = `Answers of a real Feast ${version} feature server (SQLite), by conformance/feast/record.mjs; now is ${at(0)}.`;
  writeFileSync(join(folder, `feast-${version}.json`), `${JSON.stringify({ origin, recorded }, null, 2)}\n`);
} finally {
  await feast.stop();
}
