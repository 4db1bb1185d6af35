import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Job, ModelVersion } from '@crisol/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServingWorld, type ProblemAnswer } from '../serving/serving-world.js';

jest.setTimeout(180_000);

/** Real exports with what their own libraries answer; `make-models.py` beside them says how they came to be. */
interface Golden {
  readonly task: string;
  readonly labels: readonly string[];
  readonly inputs: readonly { readonly name: string; readonly dims: readonly number[]; readonly data: readonly (number | string)[] }[];
  readonly prediction?: readonly (number | readonly number[])[];
  readonly probabilities?: readonly (readonly number[])[];
  /** Of scikit-learn's isolation forest: falls for unusual rows. */
  readonly scores?: readonly number[];
  readonly label?: readonly number[];
}
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const golden = here('../../../../../plugins/model-type-onnx/test/golden');
/** One of each kind; the model type's own specs run them all. */
const names = [
  'catboost-classifier',
  'lightgbm-regressor',
  'sklearn-columns',
  'sklearn-isolation-forest',
  'sklearn-kmeans',
  'sklearn-logistic-zipmap',
  'xgboost-classifier',
];
const fileOf = (name: string): Buffer => readFileSync(join(golden, `${name}.onnx`));
const factsOf = (name: string): Golden => JSON.parse(readFileSync(join(golden, `${name}.json`), 'utf8'));

/** One wide input: lists of numbers. One input a column: named rows. */
function samplesOf({ inputs, prediction, probabilities, scores, label }: Golden): { rows: unknown[]; expected: unknown } {
  const count = inputs[0]?.dims[0] ?? 0;
  const cells = inputs.map(({ name, dims, data }) => {
    const width = dims[1] ?? 1;
    return Array.from({ length: count }, (_, row) => ({ name, values: data.slice(row * width, (row + 1) * width) }));
  });
  const rows = Array.from({ length: count }, (_, row) =>
    inputs.length === 1
      ? cells[0]?.[row]?.values
      : Object.fromEntries(cells.map((column) => [column[row]?.name ?? '', column[row]?.values[0]])),
  );
  const numbers = prediction?.map((value) => (typeof value === 'number' ? value : value[0])) ?? scores?.map((score) => 0.5 - score);
  return { rows, expected: probabilities ?? numbers ?? label?.map(String) };
}

let world: ServingWorld;
let key: string;
beforeAll(async () => {
  world = await ServingWorld.open([here('../../../../../plugins/model-type-onnx'), here('../../fixture-plugins/with-training')]);
  key = await world.key([
    'models:read',
    'models:write',
    'models:promote',
    'training:read',
    'endpoints:read',
    'endpoints:write',
    'endpoints:predict',
  ]);
});
afterAll(() => world.close());

async function post(
  model: string,
  parts: Record<string, string | Blob | readonly Blob[]>,
  as = key,
): Promise<{ status: number; body: Job & ProblemAnswer }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) {
    if (typeof value === 'string') form.append(name, value);
    else if (Array.isArray(value)) value.forEach((file: Blob, i) => form.append(name, file, `${i}.onnx`));
    else form.append(name, value, name === 'samples' ? 'samples.json' : 'model.onnx');
  }
  const answer = await fetch(`${world.url}/api/v1/models/${model}/versions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as}` },
    body: form,
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

async function ended(job: Job): Promise<Job> {
  if (job.id === undefined) throw new Error(JSON.stringify(job));
  for (;;) {
    const { status, body } = await world.get<Job>(`jobs/${job.id}/wait?timeout=25`, key);
    if (status === 200) return body;
  }
}

async function brought(model: string, parts: Record<string, string | Blob>): Promise<ModelVersion> {
  const { status, body } = await post(model, parts);
  expect({ status, body }).toMatchObject({ status: 202 });
  const job = await ended(body);
  expect(job).toMatchObject({ error: null, state: 'succeeded', outputs: { model } });
  for (;;) {
    const { body: version } = await world.get<ModelVersion>(`models/${model}/versions/${job.outputs['version']}`, key);
    if (version.admission.state !== 'pending') return version;
  }
}
const asFile = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);
const asJson = (value: unknown) => new Blob([JSON.stringify(value)]);

describe('a model that was made elsewhere', () => {
  it.each(names)('%s becomes a version that answers as its maker does', async (name) => {
    const facts = factsOf(name);
    const version = await brought(name, { file: asFile(fileOf(name)), samples: asJson(samplesOf(facts)) });
    expect(version).toMatchObject({
      modelType: 'onnx',
      version: 1,
      task: facts.task,
      run: null,
      admission: { state: 'admitted', reasons: [] },
      parity: { verdict: 'equal', rows: facts.inputs[0]?.dims[0], tolerance: 1e-5 },
      signature: { labels: facts.task === 'clustering' ? ['0', '1', '2'] : facts.labels.length > 0 ? facts.labels : null },
    });
    expect(version.origin).toMatch(/skl2onnx|OnnxMLTools|CatBoost|pytorch|onnxmltools|lightgbm|xgboost/i);
    const width = facts.inputs.reduce((sum, { dims }) => sum + (dims[1] ?? 1), 0);
    expect(version.signature?.inputs).toHaveLength(width);
  });

  it('is served by numbered columns of one wide input', async () => {
    const facts = factsOf('lightgbm-regressor');
    const [input] = facts.inputs;
    const { signature } = await brought('numbered', { file: asFile(fileOf('lightgbm-regressor')) });
    expect(signature?.inputs.map(({ name }) => name)).toEqual(['f0', 'f1', 'f2', 'f3']);
    await world.endpoint('numbered', [{ name: 'v1', model: 'numbered', version: 1, share: 100 }]);
    const instance = Object.fromEntries((signature?.inputs ?? []).map(({ name }, at) => [name, input?.data[at]]));
    const { body } = await world.predict('numbered', [instance], {}, key);
    const [first] = facts.prediction ?? [];
    expect(body.predictions).toMatchObject([{ value: expect.closeTo(typeof first === 'number' ? first : (first?.[0] ?? 0), 4) }]);
  });

  it('is served by the names that its owner gives, and moves the alias that was asked for', async () => {
    const signature = { inputs: [{ name: 'a' }, { name: 'b' }, { name: 'c', nullable: true }, { name: 'd' }], target: 'price' };
    const parts = {
      file: asFile(fileOf('lightgbm-regressor')),
      signature: JSON.stringify(signature),
      alias: 'champion',
      description: 'from the lab',
    };
    const version = await brought('named', parts);
    expect(version).toMatchObject({ aliases: ['champion'], description: 'from the lab', signature: { target: 'price' } });
    await world.endpoint('named', [{ name: 'v1', model: 'named', alias: 'champion', share: 100 }]);
    const { body } = await world.predict(
      'named',
      [
        { a: 1, b: 2, d: 3 },
        { a: 1, c: 2, d: 3 },
      ],
      {},
      key,
    );
    expect(body.predictions).toMatchObject([{ value: expect.any(Number) }, { error: { code: 'feature_missing' } }]);
  });

  it('says which samples it answers otherwise, and by how much', async () => {
    const samples = samplesOf(factsOf('lightgbm-regressor'));
    const [first = 0, ...rest] = samples.expected as number[];
    const { parity } = await brought('off', {
      file: asFile(fileOf('lightgbm-regressor')),
      samples: asJson({ ...samples, expected: [first + 1, ...rest] }),
    });
    expect(parity).toMatchObject({
      verdict: 'different',
      outputs: [
        { output: 'prediction', differingRows: 1, worstAbsolute: expect.closeTo(1, 4), examples: [{ row: 0, expected: first + 1 }] },
      ],
    });
  });

  it('takes samples as CSV with labels', async () => {
    const { parity, signature } = await brought('csv', {
      file: asFile(fileOf('sklearn-columns')),
      samples: new Blob(['age,income,city,expected\n60.41,444,Lima,yes\n31.35,6323,La Paz,no\n']),
    });
    expect(parity).toMatchObject({ verdict: 'equal', outputs: [{ output: 'label', differingRows: 0 }] });
    expect(signature?.inputs).toMatchObject([
      { name: 'age', example: 60.41 },
      { name: 'income' },
      { name: 'city', type: 'text', example: 'Lima' },
    ]);
  });
});

describe('a file that is refused', () => {
  const whole = fileOf('sklearn-ridge');
  it.each([
    ['cut short', whole.subarray(0, whole.length / 2)],
    ['a pickle', Buffer.from('\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins', 'latin1')],
    ['a zip', Buffer.from('PK\x03\x04\x14\x00\x00\x00\x08\x00model.onnx', 'latin1')],
    ['empty', Buffer.alloc(0)],
  ])('ends the job with the reason and leaves nothing: %s', async (what, bytes) => {
    const model = `refused-${what.replaceAll(' ', '-')}`;
    const { status, body } = await post(model, { file: asFile(bytes) });
    expect(status).toBe(202);
    expect(await ended(body)).toMatchObject({
      state: 'failed',
      error: { code: 'model_refused', errors: [{ pointer: '/file', message: expect.stringMatching(/\w/) }] },
    });
    expect((await world.get(`models/${model}`, key)).status).toBe(404);
  });

  it('says what is wrong with a signature or with samples', async () => {
    const file = asFile(fileOf('lightgbm-regressor'));
    const few = await ended((await post('few', { file, signature: '{"inputs":[{"name":"a"}]}' })).body);
    expect(few.error).toMatchObject({
      code: 'model_refused',
      errors: [{ pointer: '/signature', message: expect.stringContaining('takes 4 columns') }],
    });
    const bad = await ended((await post('few', { file, samples: new Blob(['f0,f1\n1,2\n']) })).body);
    expect(bad.error).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/samples' }] });
  });

  it('does not start for a form that is not one', async () => {
    const file = asFile(whole);
    expect(await post('x', { description: 'no file' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/file' }] } });
    expect(await post('x', { file, params: '{' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/params' }] } });
    expect(await post('x', { file, colour: 'red' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/colour' }] } });
    expect(await post('x', { file, modelType: 'signs' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/modelType' }] },
    });
    expect(await post('x', { file, params: '{"task":"magic"}' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/params/task' }] },
    });
    expect(await post('x', { file, params: '{"speed":1}' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/params/speed', code: 'unknown_field', message: expect.stringContaining('it has ') }] },
    });
    expect(await post('x', { file: Array.from({ length: 20 }, () => file) })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/file', code: 'too_big' }] },
    });
    expect(await post('a%2Fb', { file })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/model' }] } });
    const reader = await world.key(['models:read', 'models:write']);
    expect(await post('x', { file, alias: 'champion' }, reader)).toMatchObject({ status: 403, body: { code: 'missing_scope' } });
  });
});
