// What a call into a plugin costs: in process against calling the function itself, isolated against in process.
//   npm run build && node scripts/run.mjs bench/plugins/run.mjs [--rows 1000000] [--rounds 7]
// The last line is JSON.
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '7' } } });
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'apps', 'server', 'dist');
const { ActivePlugins } = await import(`${dist}/platform/plugins/active-plugins.js`);
const { InProcessRunner } = await import(`${dist}/platform/plugins/lifecycle/in-process-runner.js`);
const { IsolatedRunner, jobOptions } = await import(`${dist}/platform/plugins/isolation/isolated-runner.js`);
const { readManifest } = await import(`${dist}/platform/plugins/discovery/read-manifest.js`);
const { DuckDbTableReader } = await import(`${dist}/datasets/duckdb/duckdb-table-reader.js`);
const plugin = (await import('./subject/index.js')).default;

const found = (await readManifest(join(import.meta.dirname, 'subject'))).value;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const scopes = { open: async () => ({ parts: { log: quiet }, start() {}, end: async () => {}, close: async () => {} }) };
const folder = mkdtempSync(join(tmpdir(), 'crisol-bench-plugins-'));
const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
const percentile = (times, p) => times.toSorted((a, b) => a - b)[Math.floor(times.length * p)];
const round = (value, digits = 2) => Number(value.toFixed(digits));

const inProcess = await (await new InProcessRunner(scopes).load(found)).start({}, 1);
const beforeStart = performance.now();
const loaded = await new IsolatedRunner(scopes, jobOptions).load(found);
const isolated = await loaded.start({}, 1);
const startMs = performance.now() - beforeStart;

const message = { id: 'dlv_1', type: 'job.finished', at: 0, severity: 'info', title: '', text: 'x'.repeat(1_024), data: {} };
const signal = new AbortController().signal;

async function timesOf(work, calls) {
  for (let i = 0; i < calls / 10; i++) await work();
  const times = [];
  for (let i = 0; i < calls; i++) {
    const before = performance.now();
    await work();
    times.push(performance.now() - before);
  }
  return times;
}
async function meanOf(work, calls) {
  for (let i = 0; i < calls / 10; i++) await work();
  const before = performance.now();
  for (let i = 0; i < calls; i++) await work();
  return (performance.now() - before) / calls;
}
function asRoomsCall(instance) {
  const host = new ActivePlugins();
  host.swap(instance);
  const [{ pluginId, notifier }] = host.notifiers();
  return () => host.call(pluginId, 'send', 1_000, (abort) => notifier.send(message, {}, abort));
}

try {
  const { notifiers } = plugin.setup({ settings: {} });
  const direct = [];
  const guarded = [];
  for (let i = 0; i < rounds; i++) {
    direct.push(await meanOf(() => notifiers[0].send(message, {}, signal), 20_000));
    guarded.push(await meanOf(asRoomsCall(inProcess), 20_000));
  }
  const overheadMicros = (median(guarded) - median(direct)) * 1_000;
  console.log(
    `in process: ${round(median(guarded) * 1_000)} µs a call, the function itself ${round(median(direct) * 1_000)} µs; overhead ${round(overheadMicros)} µs`,
  );

  const trips = await timesOf(asRoomsCall(isolated), 5_000);
  console.log(
    `isolated, 1 kB there and back: p50 ${round(percentile(trips, 0.5), 3)} ms, p99 ${round(percentile(trips, 0.99), 3)} ms; start ${round(startMs, 0)} ms`,
  );

  const parquet = join(folder, 'data.parquet');
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  const columns = Array.from({ length: 10 }, (_, i) => ({ name: `c${i}`, type: 'number', databaseType: 'DOUBLE' }));
  await connection.run(
    `copy (select ${columns.map(({ name }, i) => `random() * ${i + 1} as ${name}`).join(', ')} from range(${rows})) to '${parquet}' (format parquet)`,
  );
  const table = await DuckDbTableReader.open({ parquet, columns, rows, memoryMb: 1_024, spillFolder: join(folder, 'spill') });
  const validate = (instance) => instance.provided.validators[0].validate(table, [{ type: 'means', kwargs: {} }], signal);
  const [a, b] = [await validate(inProcess), await validate(isolated)];
  if (a[0].message !== b[0].message) throw new Error('The two ways do not see the same table.');
  const here = [];
  const there = [];
  for (let i = 0; i < rounds; i++) {
    for (const [instance, times] of [
      [inProcess, here],
      [isolated, there],
    ]) {
      const before = performance.now();
      await validate(instance);
      times.push(performance.now() - before);
    }
  }
  table.close();
  const ratio = median(there) / median(here);
  console.log(
    `${rows} x 10 to a validator: in process ${round(median(here), 0)} ms, isolated ${round(median(there), 0)} ms; ratio ${round(ratio)}`,
  );

  const result = {
    bench: 'plugins',
    overheadMicros: round(overheadMicros),
    isolatedP50Ms: round(percentile(trips, 0.5), 3),
    isolatedP99Ms: round(percentile(trips, 0.99), 3),
    isolatedStartMs: round(startMs, 0),
    tableInProcessMs: round(median(here), 0),
    tableIsolatedMs: round(median(there), 0),
    tableRatio: round(ratio),
  };
  result.targetsMet = result.overheadMicros <= 20 && result.isolatedP50Ms <= 0.5 && result.tableRatio <= 1.5;
  console.log(JSON.stringify(result));
} finally {
  await isolated.retire();
  await loaded.unload();
  rmSync(folder, { recursive: true, force: true });
}
