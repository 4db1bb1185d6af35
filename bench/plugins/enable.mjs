// What enabling a plugin costs those who predict meanwhile: a load on an endpoint, without and with a plugin that is disabled
// and enabled again and again, in process and isolated.
//   npm run build && node scripts/run.mjs bench/plugins/enable.mjs [--rounds 3] [--seconds 6] [--connections 4] [--pause 1000]
// Rounds alternate. The last line is JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, setUp, startCrisol } from '../start/crisol-process.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    connections: { type: 'string', default: '4' },
    pause: { type: 'string', default: '1000' },
  },
});
const [rounds, seconds, connections, pauseMs] = [values.rounds, values.seconds, values.connections, values.pause].map(Number);
const client = join(import.meta.dirname, '..', 'predict', 'client.mjs');
const subject = 'notifier-webhook';
const folder = mkdtempSync(join(tmpdir(), 'crisol-bench-enable-'));
const crisol = await startCrisol(join(folder, 'data'), { direct: true });
try {
  const api = await setUp(crisol);
  const csv = ['x,y', ...Array.from({ length: 400 }, (_, i) => `${i / 400},${(i % 7) + i / 100}`)].join('\n');
  await api.finish((await api.upload('bench', csv)).id);
  const input = { dataset: 'bench', target: 'y', modelType: 'linear', register: { model: 'bench', alias: 'champion' } };
  await api.finish((await api.post('jobs', { kind: 'model.train', input })).id);
  while ((await api.get('models/bench/versions/1')).admission.state === 'pending') await delay(100);
  await api.post('endpoints', { name: 'bench', variants: [{ name: 'champion', model: 'bench', alias: 'champion', share: 100 }] });
  const key = await api.post('keys', {
    name: 'load',
    scopes: ['endpoints:predict'],
    endpoints: ['bench'],
    predictionsPerMinute: 1_000_000,
  });
  const port = Number(new URL(crisol.url).port);
  const body = JSON.stringify({ instances: [{ x: 0.5 }] });
  const request = `POST /api/v1/endpoints/bench/predict HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key.secret}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

  await load(port, request, 2);
  const seen = { quiet: [], in_process: [], isolated: [] };
  let switches = 0;
  let failed = 0;
  for (let round = 0; round < rounds; round++) {
    for (const mode of Object.keys(seen)) {
      if (mode !== 'quiet') await api.put(`plugins/${subject}/isolation`, { mode });
      let isOver = false;
      const switching = (async () => {
        while (mode !== 'quiet' && !isOver) {
          await api.post(`plugins/${subject}/disable`, {});
          await api.post(`plugins/${subject}/enable`, {});
          switches++;
          await delay(pauseMs);
        }
      })();
      const found = await load(port, request, seconds);
      isOver = true;
      await switching;
      for (const [status, count] of Object.entries(found.statuses)) if (status !== '200') failed += count;
      seen[mode].push(found);
      console.log(`round ${round + 1} ${mode.padEnd(10)} ${found.perSecond} requests/s, p50 ${found.p50Ms} ms, p99 ${found.p99Ms} ms`);
    }
  }
  const p99 = (mode) => median(seen[mode].map(({ p99Ms }) => p99Ms));
  const ratio = (mode) => Math.round((p99(mode) / p99('quiet')) * 100) / 100;
  const result = {
    bench: 'plugins-enable',
    rounds,
    seconds,
    connections,
    switches,
    failed,
    quietP99Ms: p99('quiet'),
    inProcess: { p99Ms: p99('in_process'), ratio: ratio('in_process') },
    isolated: { p99Ms: p99('isolated'), ratio: ratio('isolated') },
  };
  result.targetsMet = failed === 0 && result.inProcess.ratio <= 1.5 && result.isolated.ratio <= 1.5;
  console.log(JSON.stringify(result));
} finally {
  await crisol.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function load(port, request, forSeconds) {
  const child = spawn(process.execPath, [client, port, connections, forSeconds].map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stdin.end(request);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error('The client failed.');
  return JSON.parse(text);
}
