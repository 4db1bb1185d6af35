// Crisol against the real MLflow server on PostgreSQL, side by side: the same load script, the same client library, one machine.
//   node scripts/run.mjs bench/mlflow/run.mjs --python <venv>/bin/python [--seconds 2.5] [--repeats 3] [--runs 100000] [--mb 1024] [--only write,read,search,history,artifacts,client,memory] [--points 1000000] [--ours]
// Needs a Python environment with mlflow and psycopg2 (conformance/mlflow makes one). Scenarios alternate between the two. The last line is JSON.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { EmbeddedPostgres } from '../../apps/server/dist/platform/database/embedded-postgres.js';
import { freePort, median, setUp, startCrisol } from '../start/crisol-process.mjs';

const here = import.meta.dirname;
const loadScript = join(here, '..', '..', 'conformance', 'mlflow', 'load.py');
const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    seconds: { type: 'string', default: '2.5' },
    repeats: { type: 'string', default: '3' },
    runs: { type: 'string', default: '100000' },
    mb: { type: 'string', default: '1024' },
    points: { type: 'string' },
    only: { type: 'string', default: 'write,read,search,history,artifacts,client,memory' },
    ours: { type: 'boolean', default: false },
  },
});
if (!values.python) throw new Error('Give --python, the interpreter of an environment with mlflow.');
const python = values.python;
const only = new Set(values.only.split(','));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'crisol-mlflow-bench-'));

/** A data base of its own for the real server, of the same PostgreSQL release as ours. */
async function startReal() {
  const postgres = new EmbeddedPostgres(join(folder, 'real'));
  await postgres.start();
  const { host, user, database } = postgres.connection;
  const port = await freePort();
  mkdirSync(join(folder, 'real', 'artifacts'), { recursive: true });
  const server = spawn(
    join(dirname(python), 'mlflow'),
    [
      'server',
      ...['--host', '127.0.0.1', '--port', String(port)],
      ...['--backend-store-uri', `postgresql+psycopg2://${user}@/${database}?host=${host}`],
      ...['--artifacts-destination', join(folder, 'real', 'artifacts')],
    ],
    {
      cwd: folder,
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', PATH: `${dirname(python)}:${process.env.PATH}` },
    },
  );
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; ; i++) {
    const up = await fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) break;
    if (i > 1200) throw new Error('The real server did not start.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    name: 'mlflow',
    url,
    pid: server.pid,
    token: '',
    connection: { host, user, database },
    populate: 'populate-mlflow.sql',
    pointTables: ['metrics'],
    async stop() {
      process.kill(-server.pid, 'SIGTERM');
      await once(server, 'exit');
      await postgres.stop();
    },
  };
}

async function startOurs() {
  const data = join(folder, 'crisol');
  const crisol = await startCrisol(data, { direct: true, settings: { CRISOL_REQUESTS_PER_MINUTE: '1000000' } });
  const api = await setUp(crisol);
  return {
    name: 'crisol',
    url: crisol.url,
    pid: crisol.pid,
    token: api.key,
    connection: new EmbeddedPostgres(data).connection,
    populate: 'populate.sql',
    pointTables: ['metric_point', 'metric_series'],
    stop: () => crisol.stop(),
  };
}

async function call(side, path, body) {
  const response = await fetch(`${side.url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(side.token && { authorization: `Bearer ${side.token}` }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${side.name} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function withDatabase(side, work) {
  const client = new pg.Client(side.connection);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** An experiment with many runs, put in by SQL. */
async function populateRuns(side) {
  const { experiment_id: experiment } = await call(side, 'experiments/create', { name: `populated-${Date.now()}` });
  const sql = readFileSync(join(here, side.populate), 'utf8')
    .replaceAll(/--.*$/gm, '')
    .replaceAll(':experiment', String(Number(experiment)))
    .replaceAll(':runs', String(Number(values.runs)));
  await withDatabase(side, async (client) => {
    for (const statement of sql.split(/;\s*\n/)) if (statement.trim() !== '') await client.query(statement);
    await client.query('analyze');
  });
  return experiment;
}

/** A run with 100,000 points of one metric. */
async function populateHistory(side) {
  const { experiment_id } = await call(side, 'experiments/create', { name: `history-${Date.now()}` });
  const { run: made } = await call(side, 'runs/create', { experiment_id, start_time: 1 });
  const run_id = made.info.run_id;
  for (let batch = 0; batch < 100; batch++) {
    const metrics = Array.from({ length: 1000 }, (_, i) => {
      const step = batch * 1000 + i;
      return { key: 'loss', value: 1 / (1 + step), timestamp: 1_700_000_000_000 + step, step };
    });
    await call(side, 'runs/log-batch', { run_id, metrics });
  }
  return run_id;
}

async function load(side, what, extra = []) {
  const out = join(folder, `${side.name}-${what}-${Date.now()}.json`);
  const args = [loadScript, side.url, '--quickack', '--out', out, '--only', what, '--seconds', values.seconds, '--mb', values.mb, ...extra];
  if (side.token) args.push('--token', side.token);
  await run(python, args, { maxBuffer: 1 << 24 });
  return JSON.parse(readFileSync(out, 'utf8'));
}

/** Bytes of the tables of points over points stored. */
async function bytesPerPoint(side) {
  await load(side, 'none', ['--points', values.points]);
  return withDatabase(side, async (client) => {
    const sizes = await Promise.all(
      side.pointTables.map(async (table) => {
        await client.query(`vacuum ${table}`);
        const { rows } = await client.query('select pg_total_relation_size($1) as bytes', [table]);
        return Number(rows[0].bytes);
      }),
    );
    const { rows } = await client.query(`select count(*) as points from ${side.pointTables[0]}`);
    return { points: Number(rows[0].points), bytes: Math.round(sizes.reduce((sum, bytes) => sum + bytes, 0) / Number(rows[0].points)) };
  });
}

async function clientLatency(side) {
  const { stdout } = await run(python, [join(here, 'client_latency.py')], {
    env: { ...process.env, MLFLOW_TRACKING_URI: side.url, MLFLOW_TRACKING_TOKEN: side.token },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
}

const sides = [await startOurs()];
const results = {};
const note = (side, name, figures) => {
  ((results[name] ??= {})[side.name] ??= []).push(figures);
};
try {
  if (!values.ours) sides.push(await startReal());
  if (only.has('memory'))
    for (const side of sides) note(side, 'idle memory', (await load(side, 'none', ['--pid', String(side.pid)])).memory);
  const prepared = new Map();
  for (const side of sides) {
    prepared.set(side.name, {
      experiment: only.has('search') ? await populateRuns(side) : '',
      history: only.has('history') ? await populateHistory(side) : '',
    });
  }
  for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
    for (const what of ['write', 'read', 'search', 'history', 'artifacts']) {
      if (!only.has(what)) continue;
      for (const side of sides) {
        const { experiment, history } = prepared.get(side.name) ?? {};
        const extra =
          what === 'search' ? ['--exp100k', experiment] : what === 'history' ? ['--history-run', history] : ['--pid', String(side.pid)];
        const found = await load(side, what, extra);
        for (const [name, figures] of Object.entries(found)) if (name !== 'memory') note(side, name, figures);
      }
    }
    if (only.has('client')) for (const side of sides) note(side, 'MlflowClient.log_metric', await clientLatency(side));
  }
  if (values.points) for (const side of sides) note(side, 'bytes a point', await bytesPerPoint(side));
} finally {
  for (const side of sides) await side.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The figure that a scenario is judged by: requests a second, p50, or what else it has. */
for (const [name, bySide] of Object.entries(results)) {
  for (const [side, figures] of Object.entries(bySide)) {
    const numbers = Object.keys(figures[0] ?? {}).filter((key) => typeof figures[0][key] === 'number');
    const medians = Object.fromEntries(numbers.map((key) => [key, median(figures.map((one) => one[key]))]));
    const rest = Object.fromEntries(Object.entries(figures.at(-1) ?? {}).filter(([key]) => !numbers.includes(key)));
    bySide[side] = { ...medians, ...rest };
    console.log(`${name.padEnd(26)} ${side.padEnd(7)} ${JSON.stringify(bySide[side])}`);
  }
}
console.log(JSON.stringify(results));
