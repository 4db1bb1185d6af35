// One row, a forest of 100 trees, 32 connections: Crisol with key, limits, validation, metrics and logging against a bare
// node:http + onnxruntime server that runs the same file.
//   node scripts/run.mjs bench/predict/run.mjs [--rounds 5] [--seconds 5] [--connections 32] [--profile folder]
// Rounds alternate. The client has a process of its own. The last line is JSON. Build first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median, setUp, startCrisol } from '../start/crisol-process.mjs';

const here = import.meta.dirname;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    trees: { type: 'string', default: '100' },
    profile: { type: 'string' },
  },
});
const [rounds, seconds, connections, trees] = [values.rounds, values.seconds, values.connections, values.trees].map(Number);
const columns = Array.from({ length: 10 }, (_, i) => `x${i}`);
const folder = mkdtempSync(join(tmpdir(), 'crisol-predict-'));
const crisol = await startCrisol(join(folder, 'data'), {
  direct: true,
  nodeOptions: values.profile ? ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`] : [],
});
let bare;
try {
  const api = await setUp(crisol);
  await api.finish((await api.upload('bench', table(4000))).id);
  const input = {
    dataset: 'bench',
    target: 'label',
    modelType: 'random-forest',
    params: { trees },
    register: { model: 'bench', alias: 'champion' },
  };
  await api.finish((await api.post('jobs', { kind: 'model.train', input })).id);
  let version;
  do version = await api.get('models/bench/versions/1');
  while (version.admission.state === 'pending');
  if (version.admission.state !== 'admitted') throw new Error(JSON.stringify(version.admission));
  await api.post('endpoints', { name: 'bench', variants: [{ name: 'champion', model: 'bench', alias: 'champion', share: 100 }] });
  const key = await api.post('keys', {
    name: 'predict',
    scopes: ['endpoints:predict'],
    endpoints: ['bench'],
    predictionsPerMinute: 1_000_000,
  });
  const model = join(folder, 'model.onnx');
  writeFileSync(model, await api.bytes('models/bench/versions/1/file'));
  console.log(
    `${trees} trees, ${version.sizeBytes} bytes, lane ${version.admission.lane}, measured ${JSON.stringify(version.admission.latency)}`,
  );

  bare = spawn(process.execPath, [join(here, 'baseline.mjs'), model, version.signature.labels.join(',')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(bare.stdout, 'data');
  const barePort = Number(String(line));
  const crisolPort = Number(new URL(crisol.url).port);
  const body = JSON.stringify({ instances: [Object.fromEntries(columns.map((name, i) => [name, (i + 1) / 11]))] });
  const requestTo = (path, port, headers) =>
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const sides = {
    crisol: [crisolPort, requestTo('/api/v1/endpoints/bench/predict', crisolPort, `Authorization: Bearer ${key.secret}\r\n`)],
    bare: [barePort, requestTo('/predict', barePort, '')],
  };
  await load(...sides.crisol, 2);
  await load(...sides.bare, 2);
  const seen = { crisol: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? ['crisol', 'bare'] : ['bare', 'crisol']) {
      const found = await load(...sides[side], seconds);
      if (Object.keys(found.statuses).join() !== '200') throw new Error(`${side} answered ${JSON.stringify(found.statuses)}`);
      seen[side].push(found);
      console.log(`round ${round + 1} ${side.padEnd(6)} ${found.perSecond} requests/s, p50 ${found.p50Ms} ms, p99 ${found.p99Ms} ms`);
    }
  }
  const of = (side) =>
    Object.fromEntries(['perSecond', 'p50Ms', 'p99Ms'].map((field) => [field, median(seen[side].map((one) => one[field]))]));
  const result = {
    bench: 'predict',
    trees,
    connections,
    rounds,
    seconds,
    lane: version.admission.lane,
    crisol: of('crisol'),
    bare: of('bare'),
  };
  result.ratio = Math.round((result.crisol.perSecond / result.bare.perSecond) * 100) / 100;
  result.targetMet = result.ratio >= 0.5;
  console.log(JSON.stringify(result));
} finally {
  bare?.kill();
  await crisol.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function load(port, request, forSeconds) {
  const client = spawn(process.execPath, [join(here, 'client.mjs'), port, connections, forSeconds].map(String), {
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
    const score = row[0] + row[1] * row[2] + 0.2 * random();
    lines.push([...row.map((value) => value.toFixed(5)), score < 0.6 ? 'low' : score < 1 ? 'middle' : 'high'].join(','));
  }
  return `${lines.join('\n')}\n`;
}
