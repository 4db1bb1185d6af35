import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ArtifactList, HistoryEventPage, Model, ModelVersion } from '@crisol/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ServingWorld, type ProblemAnswer } from '../serving/serving-world.js';

jest.setTimeout(180_000);

const plugin = fileURLToPath(new URL('../../../../../plugins/model-type-onnx', import.meta.url));
const golden = (name: string) => readFileSync(join(plugin, 'test/golden', name));

type Fields = Readonly<Record<string, unknown>>;
interface Mlflow {
  readonly status: number;
  readonly body: Fields;
}
/** An object inside of an answer. */
const inside = (body: Fields, name: string): Fields => Object.fromEntries(Object.entries(body[name] ?? {}));
let world: ServingWorld;
let key: string;
let run: { readonly id: string; readonly root: string };

beforeAll(async () => {
  world = await ServingWorld.open([plugin]);
  key = await world.key([
    'experiments:read',
    'experiments:write',
    'models:read',
    'models:write',
    'models:promote',
    'endpoints:read',
    'endpoints:write',
    'endpoints:predict',
  ]);
  const experiment = await mlflow('POST', 'experiments/create', { name: 'lab' });
  const made = await mlflow('POST', 'runs/create', { experiment_id: experiment.body['experiment_id'] });
  const info = inside(inside(made.body, 'run'), 'info');
  run = { id: String(info['run_id']), root: String(info['artifact_uri']).replace('mlflow-artifacts:/', '') };
  await mlflow('POST', 'runs/log-metric', { run_id: run.id, key: 'auc', value: 0.91, timestamp: 1, step: 0 });
});
afterAll(() => world.close());

async function mlflow(method: string, path: string, fields: Fields): Promise<Mlflow> {
  const query =
    method === 'GET'
      ? `?${new URLSearchParams(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])))}`
      : '';
  const answer = await fetch(`${world.url}/api/2.0/mlflow/${path}${query}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(fields) }),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}
async function upload(path: string, bytes: string | Uint8Array): Promise<void> {
  const answer = await fetch(`${world.url}/api/2.0/mlflow-artifacts/artifacts/${run.root}/${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}` },
    body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes),
  });
  expect(answer.status).toBe(200);
}
async function fetched(uri: string, path: string): Promise<string> {
  const url = `${world.url}/api/2.0/mlflow-artifacts/artifacts/${uri.replace('mlflow-artifacts:/', '')}/${path}`;
  return (await fetch(url, { headers: { authorization: `Bearer ${key}` } })).text();
}
async function model(name: string): Promise<void> {
  expect((await mlflow('POST', 'registered-models/create', { name })).status).toBe(200);
}
/** Registers a folder of the run's artifacts. */
async function version(name: string, folder: string): Promise<Fields> {
  const made = await mlflow('POST', 'model-versions/create', { name, source: `runs:/${run.id}/${folder}`, run_id: run.id });
  expect(made).toMatchObject({ status: 200 });
  return inside(made.body, 'model_version');
}
async function settled(name: string, number: string): Promise<Fields> {
  for (;;) {
    const { body } = await mlflow('GET', 'model-versions/get', { name, version: number });
    const found = inside(body, 'model_version');
    if (found['status'] !== 'PENDING_REGISTRATION') return found;
    await delay(50);
  }
}
const native = async <Body>(path: string) => (await world.get<Body>(path, key)).body;
const mlmodel = (flavors: string, signature = '') =>
  `artifact_path: model\nflavors:\n${flavors}  python_function:\n    loader_module: mlflow.${flavors.trim().split(':')[0]}\n${signature}`;

describe('versions that clients of MLflow register', () => {
  it('admits an ONNX model, and answers as the library that made it, with the names of its signature', async () => {
    await upload('graph/model.onnx', golden('sklearn-logistic-zipmap.onnx'));
    const columns = JSON.stringify(['a', 'b', 'c', 'd'].map((name) => ({ type: 'float', name, required: true })));
    await upload('graph/MLmodel', mlmodel('  onnx:\n    data: model.onnx\n', `signature:\n  inputs: '${columns}'\n  outputs: null\n`));
    await model('graph');
    expect(await version('graph', 'graph')).toMatchObject({ version: '1', status: 'PENDING_REGISTRATION' });
    expect(await settled('graph', '1')).toMatchObject({ status: 'READY' });

    const admitted = await native<ModelVersion>('models/graph/versions/1');
    expect(admitted).toMatchObject({
      task: 'multiclass',
      modelType: 'onnx',
      flavors: ['onnx', 'python_function'],
      metrics: { auc: 0.91 },
      howToServe: null,
      admission: { state: 'admitted', reasons: [] },
      signature: { inputs: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }], labels: ['high', 'low', 'middle'] },
    });
    expect(admitted.origin).toContain('skl2onnx');
    const facts = JSON.parse(golden('sklearn-logistic-zipmap.json').toString());
    const [a, b, c, d] = facts.inputs[0].data;
    await world.endpoint('graph', [{ name: 'v1', model: 'graph', version: 1, share: 100 }]);
    const { body } = await world.predict('graph', [{ a, b, c, d }], { probabilities: true }, key);
    const answered = body.predictions[0];
    if (!answered || !('probabilities' in answered)) throw new Error(JSON.stringify(body));
    const wanted: number[] = facts.probabilities[0];
    ['high', 'low', 'middle'].forEach((label, at) => expect(answered.probabilities?.[label]).toBeCloseTo(wanted[at] ?? 0, 5));
  });

  it('keeps a pickle, says how to make it serve, and never loads it', async () => {
    await upload('pickled/model.pkl', 'cos\nsystem\n(S"touch /tmp/owned"\ntR.');
    await upload('pickled/MLmodel', mlmodel('  sklearn:\n    pickled_model: model.pkl\n'));
    await model('pickled');
    expect(await version('pickled', 'pickled')).toMatchObject({ status: 'READY', run_id: run.id });
    const stored = await native<ModelVersion>('models/pickled/versions/1');
    expect(stored).toMatchObject({ task: null, signature: null, sha256: null, modelType: 'sklearn', admission: { state: 'stored' } });
    expect(stored.howToServe?.split('\n')).toHaveLength(3);
    expect(stored.howToServe).toContain('registered_model_name="pickled"');
    const files = await native<ArtifactList>('models/pickled/versions/1/artifacts');
    expect(files.data.map(({ path, viewer }) => [path, viewer])).toEqual([
      ['MLmodel', 'text'],
      ['model.pkl', 'none'],
    ]);
    const refused = await world.post<ProblemAnswer>(
      'endpoints',
      { name: 'p', variants: [{ name: 'v', model: 'pickled', version: 1, share: 100 }] },
      key,
    );
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/variants/0/version' }] } });
  });

  it('refuses a file that only calls itself ONNX, with the reason for the client', async () => {
    await upload('hostile/model.onnx', 'cos\nsystem\n(S"id"\ntR.');
    await upload('hostile/MLmodel', mlmodel('  onnx:\n    data: model.onnx\n'));
    await model('hostile');
    await version('hostile', 'hostile');
    const refused = await settled('hostile', '1');
    expect(refused['status']).toBe('FAILED_REGISTRATION');
    expect(refused['status_message']).toMatch(/\w+ \w+/);
  });

  it('gives the files that were registered, though the run has others now', async () => {
    await upload('moving/note.txt', 'first');
    await model('moving');
    await version('moving', 'moving');
    const uri = async () => (await mlflow('GET', 'model-versions/get-download-uri', { name: 'moving', version: '1' })).body['artifact_uri'];
    expect(await uri()).toBe(`mlflow-artifacts:/${run.root}/moving`);
    await upload('moving/note.txt', 'second');
    const kept = String(await uri());
    expect(kept).toMatch(/^mlflow-artifacts:\/registry\/mdl_\w+\/1$/);
    expect(await fetched(kept, 'note.txt')).toBe('first');
  });

  it('writes nothing over the files of a version', async () => {
    const { id } = await native<Model>('models/moving');
    const answer = await fetch(`${world.url}/api/2.0/mlflow-artifacts/artifacts/registry/${id}/1/note.txt`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}` },
      body: 'third',
    });
    expect(answer.status).toBe(400);
  });
});

describe('the life of models and versions', () => {
  it('shows the files of versions through the proxy only to whom models are open', async () => {
    const blind = { authorization: `Bearer ${await world.key(['experiments:read'])}` };
    const proxy = `${world.url}/api/2.0/mlflow-artifacts/artifacts`;
    for (const url of [`${proxy}/registry/mdl_x/1/MLmodel`, `${proxy}?path=registry`]) {
      expect((await fetch(url, { headers: blind })).status).toBe(403);
      expect((await fetch(url, { headers: { authorization: `Bearer ${key}` } })).status).not.toBe(403);
    }
    expect((await fetch(`${proxy}?path=${run.root}`, { headers: blind })).status).toBe(200);
  });

  it('bounds words that the log of changes keeps for good', async () => {
    await model('wordy');
    const endless = 'x'.repeat(100_001);
    expect(await mlflow('PATCH', 'registered-models/update', { name: 'wordy', description: endless })).toEqual({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: "'description' exceeds the maximum length of 100000 characters" },
    });
  });

  it('frees the name of a deleted model, starts again at 1, and brings the former back by its id', async () => {
    await model('phoenix');
    await mlflow('POST', 'model-versions/create', { name: 'phoenix', source: 's3://b/one' });
    const first = await native<Model>('models/phoenix');
    expect((await mlflow('DELETE', 'registered-models/delete', { name: 'phoenix' })).status).toBe(200);
    await model('phoenix');
    const again = await mlflow('POST', 'model-versions/create', { name: 'phoenix', source: 's3://b/two' });
    expect(again.body['model_version']).toMatchObject({ version: '1', source: 's3://b/two' });

    const taken = await world.post<ProblemAnswer>(`models/${first.id}/restore`, undefined, key);
    expect(taken).toMatchObject({ status: 409, body: { code: 'name_taken' } });
    await world.send('PATCH', 'models/phoenix', { name: 'phoenix 2' }, key);
    expect(await world.post(`models/${first.id}/restore`, undefined, key)).toMatchObject({
      status: 200,
      body: { id: first.id, latestVersion: 1 },
    });
    expect((await mlflow('GET', 'model-versions/get', { name: 'phoenix', version: '1' })).body['model_version']).toMatchObject({
      source: 's3://b/one',
    });
  });

  it('keeps a version that an alias names from our own delete, and lets the client of MLflow take both', async () => {
    await model('held');
    for (let i = 0; i < 2; i++) await mlflow('POST', 'model-versions/create', { name: 'held', source: 's3://b/x' });
    expect((await mlflow('POST', 'registered-models/alias', { name: 'held', alias: 'blue', version: '2' })).status).toBe(200);
    const refused = await world.send<ProblemAnswer>('DELETE', 'models/held/versions/2', undefined, key);
    expect(refused).toMatchObject({ status: 409, body: { code: 'still_in_use', usedBy: [{ kind: 'alias', name: 'blue' }] } });

    expect((await mlflow('DELETE', 'model-versions/delete', { name: 'held', version: '2' })).status).toBe(200);
    expect((await mlflow('GET', 'registered-models/alias', { name: 'held', alias: 'blue' })).status).toBe(400);
    expect((await mlflow('GET', 'model-versions/get', { name: 'held', version: '2' })).status).toBe(404);
    const next = await mlflow('POST', 'model-versions/create', { name: 'held', source: 's3://b/x' });
    expect(next.body['model_version']).toMatchObject({ version: '3' });
    expect(await world.post('models/held/versions/2/restore', undefined, key)).toMatchObject({
      status: 200,
      body: { version: 2, lifecycle: 'active' },
    });
  });

  it('keeps what an endpoint serves from everybody', async () => {
    const refused = await mlflow('DELETE', 'model-versions/delete', { name: 'graph', version: '1' });
    expect(refused).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('endpoint graph') },
    });
    expect((await mlflow('DELETE', 'registered-models/delete', { name: 'graph' })).status).toBe(400);
  });

  it('goes on serving under a new name', async () => {
    expect((await mlflow('POST', 'registered-models/rename', { name: 'graph', new_name: 'renamed graph' })).status).toBe(200);
    const { body } = await world.predict('graph', [{ a: 1, b: 2, c: 3, d: 4 }], {}, key);
    expect(body.predictions).toHaveLength(1);
    expect((await native<Model>('models/renamed graph')).endpoints).toEqual(['graph']);
  });

  it('changes words of a version by one revision, and nothing else of it', async () => {
    const { body: before } = await world.get<ModelVersion>('models/held/versions/1', key);
    const change = { description: 'why', tags: { a: '1', b: '2' } };
    const stale = await world.send<ProblemAnswer>('PATCH', 'models/held/versions/1', change, key, { 'if-match': '"r99"' });
    expect(stale.status).toBe(412);
    const { body } = await world.send<ModelVersion>('PATCH', 'models/held/versions/1', change, key, {
      'if-match': `"r${before.revision}"`,
    });
    expect(body).toMatchObject({ description: 'why', tags: { a: '1', b: '2' }, revision: before.revision + 1, source: before.source });
    const less = await world.send<ModelVersion>('PATCH', 'models/held/versions/1', { tags: { a: null } }, key);
    expect(less.body.tags).toEqual({ b: '2' });
  });
});

describe('stages', () => {
  it('moves one version in and the others to the archive, each move an event that stays', async () => {
    await model('staged');
    for (let i = 0; i < 2; i++) await mlflow('POST', 'model-versions/create', { name: 'staged', source: 's3://b/x' });
    await mlflow('POST', 'model-versions/transition-stage', { name: 'staged', version: '1', stage: 'production' });
    await mlflow('POST', 'model-versions/transition-stage', {
      name: 'staged',
      version: '2',
      stage: 'Production',
      archive_existing_versions: true,
    });
    const { data } = await native<HistoryEventPage>('models/staged/history');
    expect(data.filter(({ kind }) => kind === 'stage_moved').map(({ version: of, from, to }) => [of, from, to])).toEqual([
      [2, 'None', 'Production'],
      [1, 'Production', 'Archived'],
      [1, 'None', 'Production'],
    ]);
    expect(await native<ModelVersion>('models/staged/versions/1')).toMatchObject({ stage: 'Archived' });
  });
});

describe('searching the registry', () => {
  it('takes OR and parentheses, and pages without a gap', async () => {
    for (const name of ['sa', 'sb', 'sc']) {
      await mlflow('POST', 'registered-models/create', { name, tags: [{ key: 'team', value: name === 'sb' ? 'x' : 'y' }] });
    }
    const names = async (fields: Fields) => {
      const { body } = await mlflow('GET', 'registered-models/search', fields);
      const found = Object.values(inside(body, 'registered_models'));
      return { names: found.map((one) => inside({ one }, 'one')['name']), next: body['next_page_token'] };
    };
    expect((await names({ filter: "(name = 'sa' OR name = 'sb') AND tags.team = 'x'" })).names).toEqual(['sb']);
    const first = await names({ filter: "name LIKE 's_'", max_results: 2, order_by: 'name DESC' });
    expect(first.names).toEqual(['sc', 'sb']);
    expect((await names({ filter: "name LIKE 's_'", max_results: 2, order_by: 'name DESC', page_token: first.next })).names).toEqual([
      'sa',
    ]);
  });
});

describe('writers at once', () => {
  it('notes the same data sets for all of them, in whatever order each names them', async () => {
    const named = Array.from({ length: 20 }, (_, at) => ({ dataset: { name: `set-${at}`, digest: 'd', source_type: 's', source: 's' } }));
    const answers = await Promise.all(
      named.map((_, at) => mlflow('POST', 'runs/log-inputs', { run_id: run.id, datasets: [...named.slice(at), ...named.slice(0, at)] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(named.map(() => 200));
  });
});
