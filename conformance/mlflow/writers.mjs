// Many writers at once on one run and on one alias of a server that speaks MLflow's protocol: no point may be lost or
// doubled, and the moves of the alias must be one order. `node writers.mjs URL [TOKEN] [events]`; exit 1 on a fault.
// Where the server is Crisol, its history of the alias is read too: each move must begin where the one before ended.
import { URLSearchParams } from 'node:url';

const [url, token, wanted] = process.argv.slice(2);
if (!url) {
  console.error('usage: node writers.mjs URL [TOKEN] [events]');
  process.exit(2);
}
const events = Number(wanted ?? 10_000);
const writers = 16;
const moves = Math.min(2000, events / 5);
const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };

async function call(method, path, body) {
  const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(said)}`);
  return said;
}
const mlflow = (method, path, body) => call(method, `/api/2.0/mlflow/${path}`, body);

const word = Math.random().toString(36).slice(2, 10);
const faults = [];
const expect = (holds, what) => holds || faults.push(what);
const started = performance.now();

const { experiment_id: experiment } = await mlflow('POST', 'experiments/create', { name: `writers ${word}` });
const { run } = await mlflow('POST', 'runs/create', { experiment_id: experiment });
const id = run.info.run_id;
const name = `writers-${word}`;
await mlflow('POST', 'registered-models/create', { name });
for (let i = 0; i < 3; i++) await mlflow('POST', 'model-versions/create', { name, source: `${run.info.artifact_uri}/model`, run_id: id });

let next = 0;
async function writer() {
  for (let event = next++; event < events; event = next++) {
    if (event % (events / moves) === 0)
      await mlflow('POST', 'registered-models/alias', { name, alias: 'champion', version: String((event % 3) + 1) });
    else if (event % 5 === 1)
      await mlflow('POST', 'runs/log-batch', {
        run_id: id,
        metrics: [0, 1, 2].map((part) => ({ key: 'batch', value: event + part / 4, timestamp: 1000 + event, step: event })),
      });
    else await mlflow('POST', 'runs/log-metric', { run_id: id, key: 'one', value: event, timestamp: 1000 + event, step: event });
    // A client that heard nothing sends the same again.
    if (event % 7 === 2) await mlflow('POST', 'runs/log-metric', { run_id: id, key: 'again', value: event, timestamp: 1, step: event });
    if (event % 7 === 3)
      await mlflow('POST', 'runs/log-metric', { run_id: id, key: 'again', value: event - 1, timestamp: 1, step: event - 1 });
  }
}
await Promise.all(Array.from({ length: writers }, () => writer()));

async function history(key) {
  const points = [];
  for (let pageToken; ;) {
    const query = new URLSearchParams({
      run_id: id,
      metric_key: key,
      max_results: '5000',
      ...(pageToken ? { page_token: pageToken } : {}),
    });
    const page = await mlflow('GET', `metrics/get-history?${query}`);
    points.push(...(page.metrics ?? []));
    if (!page.next_page_token) return points;
    pageToken = page.next_page_token;
  }
}
const all = Array.from({ length: events }, (_, event) => event);
const isMove = (event) => event % (events / moves) === 0;
const same = (points, want, what) => {
  const got = points.map(({ value, step, timestamp }) => `${value}@${step}@${timestamp}`).sort();
  const wanted = want.sort();
  expect(new Set(got).size === got.length, `${what}: a point is there twice`);
  expect(
    got.length === wanted.length && got.every((point, i) => point === wanted[i]),
    `${what}: ${got.length} points, not ${wanted.length}`,
  );
};
same(
  await history('one'),
  all.filter((e) => !isMove(e) && e % 5 !== 1).map((e) => `${e}@${e}@${1000 + e}`),
  'single points',
);
same(
  await history('batch'),
  all.filter((e) => !isMove(e) && e % 5 === 1).flatMap((e) => [0, 1, 2].map((part) => `${e + part / 4}@${e}@${1000 + e}`)),
  'points of batches',
);
same(
  await history('again'),
  all.filter((e) => e % 7 === 2).map((e) => `${e}@${e}@1`),
  'points that were sent again',
);

const holders = [];
for (const version of ['1', '2', '3'])
  if ((await mlflow('GET', `model-versions/get?name=${name}&version=${version}`)).model_version.aliases?.includes('champion'))
    holders.push(version);
const holder = (await mlflow('GET', `registered-models/alias?name=${name}&alias=champion`)).model_version.version;
expect(holders.length === 1 && holders[0] === holder, `the alias is at ${holders.join(' and ')}, and ${holder} is told`);

if ((await fetch(`${url}/api/v1/meta`, { headers })).ok) {
  const moved = [];
  for (let cursor; ;) {
    const query = new URLSearchParams({ limit: '200', alias: 'champion', ...(cursor ? { cursor } : {}) });
    const page = await call('GET', `/api/v1/models/${name}/history?${query}`);
    moved.push(...page.data.filter(({ kind }) => kind === 'alias_moved'));
    if (!page.nextCursor) break;
    cursor = page.nextCursor;
  }
  moved.reverse();
  expect(
    moved.every(({ from }, i) => (from ?? null) === (i === 0 ? null : moved[i - 1].to)),
    'a move does not begin where the one before ended',
  );
  expect(String(moved.at(-1)?.to) === holder, 'the last move is not what holds');
  expect(new Set(moved.map((move) => move.id)).size === moved.length, 'a move is told twice');
  console.log(`${moved.length} moves in one order`);
}
for (const fault of faults) console.log(`FAULT ${fault}`);
console.log(`${events} events by ${writers} writers in ${Math.round(performance.now() - started)} ms, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
