// What a feature look-up costs a prediction: the same model behind two endpoints, one that gets all ten columns in the
// request and one that gets a key and looks five of them up in the platform's own feature store.
//   node scripts/run.mjs bench/features/run.mjs [--rounds 5] [--seconds 3] [--connections 1,32] [--entities 10000]
// Rounds alternate. The client has a process of its own. The last line is JSON. Build first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, setUp, startCrisol } from '../start/crisol-process.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '1,32' },
    entities: { type: 'string', default: '10000' },
  },
});
const [rounds, seconds, entities] = [values.rounds, values.seconds, values.entities].map(Number);
const columns = Array.from({ length: 10 }, (_, i) => `x${i}`);
const looked = columns.slice(5);
const folder = mkdtempSync(join(tmpdir(), 'crisol-features-'));
const crisol = await startCrisol(join(folder, 'data'), { direct: true });
try {
  const api = await setUp(crisol);
  await api.finish((await api.upload('bench', table(2000))).id);
  const train = { dataset: 'bench', target: 'label', modelType: 'linear', register: { model: 'bench', alias: 'champion' } };
  await api.finish((await api.post('jobs', { kind: 'model.train', input: train })).id);
  let version;
  do version = await api.get('models/bench/versions/1');
  while (version.admission.state === 'pending');
  const features = looked.map((name) => ({ name, type: 'number' }));
  await api.put('feature-stores/postgres/views/row', { entities: ['row_id'], features, maxAgeSeconds: null });
  const at = '2026-01-01T00:00:00Z';
  const started = performance.now();
  for (let from = 0; from < entities; from += 5_000) {
    const rows = Array.from({ length: Math.min(5_000, entities - from) }, (_, i) => ({
      keys: { row_id: from + i },
      at,
      values: Object.fromEntries(looked.map((name, f) => [name, ((from + i) % 97) / 97 + f / 10])),
    }));
    await api.post('feature-stores/postgres/views/row/rows', { rows });
  }
  const writtenPerSecond = Math.round(entities / ((performance.now() - started) / 1000));
  const variants = [{ name: 'champion', model: 'bench', alias: 'champion', share: 100 }];
  const lookup = {
    store: 'postgres',
    keys: { row_id: 'row_id' },
    features: looked.map((name) => ({ feature: `row:${name}` })),
    timeoutMs: 5_000,
  };
  await api.post('endpoints', { name: 'given', variants });
  await api.post('endpoints', { name: 'looked', variants, lookup });
  const key = await api.post('keys', { name: 'predict', scopes: ['endpoints:predict'], predictionsPerMinute: 1_000_000 });
  const port = Number(new URL(crisol.url).port);
  const requestTo = (endpoint, instance) => {
    const body = JSON.stringify({ instances: [instance] });
    return `POST /api/v1/endpoints/${endpoint}/predict HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key.secret}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
  const sides = {
    given: requestTo('given', Object.fromEntries(columns.map((name, i) => [name, i / 10]))),
    looked: requestTo('looked', { ...Object.fromEntries(columns.slice(0, 5).map((name, i) => [name, i / 10])), row_id: 42 }),
  };
  const result = { bench: 'features', entities, looked: looked.length, rounds, seconds, writtenPerSecond };
  for (const connections of values.connections.split(',').map(Number)) {
    for (const side of Object.keys(sides)) await load(port, sides[side], connections, 1);
    const seen = { given: [], looked: [] };
    for (let round = 0; round < rounds; round++)
      for (const side of round % 2 === 0 ? ['given', 'looked'] : ['looked', 'given']) {
        const found = await load(port, sides[side], connections, seconds);
        if (Object.keys(found.statuses).join() !== '200') throw new Error(`${side} answered ${JSON.stringify(found.statuses)}`);
        seen[side].push(found);
      }
    const of = (side) =>
      Object.fromEntries(['perSecond', 'p50Ms', 'p99Ms'].map((field) => [field, median(seen[side].map((one) => one[field]))]));
    const found = { given: of('given'), looked: of('looked') };
    result[`connections${connections}`] = { ...found, addedMs: Math.round((found.looked.p50Ms - found.given.p50Ms) * 1000) / 1000 };
    console.log(`${connections} connections: given ${JSON.stringify(found.given)}, looked up ${JSON.stringify(found.looked)}`);
  }
  console.log(JSON.stringify(result));
} finally {
  await crisol.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function load(port, request, connections, forSeconds) {
  const client = spawn(process.execPath, [join(import.meta.dirname, '../predict/client.mjs'), port, connections, forSeconds].map(String), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  client.stdout.on('data', (chunk) => (text += chunk));
  client.stdin.end(request);
  const [code] = await once(client, 'close');
  if (code !== 0) throw new Error('The client failed.');
  return JSON.parse(text);
}

/** Ten numbers and a class that depends on some of them, the same on every run. */
function table(rows) {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const lines = [[...columns, 'label'].join(',')];
  for (let i = 0; i < rows; i++) {
    const row = columns.map(() => random());
    lines.push([...row.map((value) => value.toFixed(5)), row[0] + row[7] + 0.2 * random() < 1.1 ? 'low' : 'high'].join(','));
  }
  return `${lines.join('\n')}\n`;
}
