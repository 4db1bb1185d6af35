import { describe, expect, it } from '@jest/globals';
import type { World } from './command.js';
import { commands } from './commands.js';
import { runCli } from './run-cli.js';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: { readonly url: string; readonly method: string; readonly body: unknown; readonly key: string | null }[];
}
interface Setting {
  readonly answers?: readonly Response[];
  readonly environment?: Record<string, string>;
  readonly stdin?: string;
  readonly isTTY?: boolean;
  /** What a person answers when asked; nobody is there when not given. */
  readonly answer?: string;
  /** The server never answers. */
  readonly silent?: boolean;
  /** Nobody listens there. */
  readonly isUnreachable?: boolean;
}

/** Runs a command line against answers that were written down. */
async function crisol(line: string | readonly string[], setting: Setting = {}): Promise<Ran> {
  const ran = { stdout: '', stderr: '', calls: [] as Ran['calls'] };
  const answers = [...(setting.answers ?? [])];
  const world: World = {
    environment: { CRISOL_API_KEY: 'crs_test', ...setting.environment },
    stdout: { write: (text) => (ran.stdout += text), isTTY: setting.isTTY },
    stderr: { write: (text) => (ran.stderr += text) },
    signal: new AbortController().signal,
    readStdin: async () => setting.stdin ?? '',
    ...(setting.answer === undefined ? {} : { ask: async () => setting.answer ?? '' }),
    fetch: async (input, init) => {
      ran.calls.push({
        url: String(input),
        method: init?.method ?? 'GET',
        body: typeof init?.body === 'string' ? JSON.parse(init.body) : null,
        key: new Headers(init?.headers).get('authorization'),
      });
      if (setting.isUnreachable) throw new TypeError('fetch failed');
      if (setting.silent) return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
      return answers.shift() ?? Response.json({ data: [], nextCursor: null, totalEstimate: 0 });
    },
  };
  return { code: await runCli(typeof line === 'string' ? line.split(' ') : line, world), ...ran };
}

const problem = (status: number, code: string): Response =>
  Response.json({ title: 'No', detail: 'It cannot be.', status, code, requestId: 'req_7', retryable: false }, { status });
const model = {
  name: 'penguins',
  task: 'binary',
  latestVersion: 2,
  aliases: { champion: 1 },
  keyMetric: { name: 'auc', value: 0.98765 },
  endpoints: [],
};
const page = (...data: unknown[]): Response => Response.json({ data, nextCursor: null, totalEstimate: data.length });
const job = (state: string, error: unknown = null): Record<string, unknown> => ({
  id: 'job_1',
  kind: 'model.train',
  name: 'x',
  state,
  attempt: 1,
  progress: { ratio: 1, message: '' },
  outputs: {},
  error,
});

describe('reading the command line', () => {
  it.each([
    ['bogus', 'There is no command "bogus"'],
    ['jobs', 'followed by ls, show, tail, wait, cancel'],
    ['jobs show', 'usage: crisol jobs show JOB'],
    ['models ls more', '"more" is too much'],
    ['models ls --nonsense', "Unknown option '--nonsense'"],
    ['train penguins', '--target is missing'],
    ['train penguins --task binary', '--target is missing'],
    ['train penguins --task sorcery', '--task is one of regression, binary, multiclass, anomaly, clustering, not sorcery'],
    ['train penguins --target y --alias champion', '--alias needs --register'],
    ['train penguins --target y --set depth', '--set takes name=value'],
    ['jobs wait job_1 --timeout soon', '--timeout takes seconds'],
    ['models ls --url nowhere', '--url is not an address'],
    ['keys create --preset god', '--preset is one of predict, read, train, admin'],
    ['predict penguins -d {', '-d takes JSON'],
    ['predict penguins -d 3', 'Each row is an object'],
  ])('answers "%s" with 2 and what would be right, and calls nobody', async (line, said) => {
    const { code, stderr, stdout, calls } = await crisol(line);
    expect([code, stdout, calls]).toEqual([2, '', []]);
    expect(stderr).toContain(said);
  });

  it('takes options before, between and after the words', async () => {
    const { code, stdout } = await crisol('--json models --quiet ls', { answers: [page(model)] });
    expect([code, JSON.parse(stdout)]).toEqual([0, [model]]);
  });

  it('prefers --url and --key to the environment', async () => {
    const { calls } = await crisol('models ls --url http://there:1/ --key crs_mine', { environment: { CRISOL_URL: 'http://here:2' } });
    expect(calls[0]).toMatchObject({ url: 'http://there:1/api/v1/models', key: 'Bearer crs_mine' });
  });

  it('has a help for every command, with the exit codes in the overview', async () => {
    const { code, stdout } = await crisol('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('124 timed out');
    const names = [...stdout.matchAll(/^ {2}([a-z-]+(?: [a-z-]+)?) {2,}[A-Z]/gm)].map(([, name]) => name ?? '');
    expect(names).toEqual(commands.map((command) => command.name));
    for (const name of names) expect((await crisol(`${name} --help`)).stdout).toContain(`usage: crisol ${name}`);
  });
});

describe('exit codes', () => {
  it.each([
    [401, 'not_authenticated', 3],
    [403, 'missing_scope', 3],
    [404, 'not_found', 4],
    [410, 'job_gone', 4],
    [409, 'name_taken', 5],
    [412, 'revision_mismatch', 5],
    [422, 'validation_failed', 1],
    [500, 'internal_error', 1],
  ])('turns %i %s into %i, with code and request id on stderr', async (status, code, exit) => {
    const ran = await crisol('models show penguins', { answers: [problem(status, code)] });
    expect([ran.code, ran.stdout]).toEqual([exit, '']);
    expect(ran.stderr).toContain(`${code} (${status}), request req_7`);
  });

  it('is 3 without a key', async () => {
    expect((await crisol('models ls', { environment: { CRISOL_API_KEY: '' } })).code).toBe(3);
  });

  it('is 6 for a job that failed, with the reason', async () => {
    const failed = job('failed', { code: 'file_ragged', title: 'Ragged', detail: 'Line 3 has 4 columns.' });
    const { code, stderr } = await crisol('jobs wait job_1 -q', { answers: [Response.json(failed)] });
    expect(code).toBe(6);
    expect(stderr).toContain('Line 3 has 4 columns.\n  file_ragged');
  });

  it('is 124 when the time is up', async () => {
    const { code, stderr } = await crisol('jobs wait job_1 --timeout 0.05', { silent: true });
    expect([code, stderr]).toEqual([124, 'The time is up.\n']);
  });

  it('is 1 when some rows could not be predicted', async () => {
    const answer = {
      predictions: [
        { id: 'a', value: 'yes', confidence: 0.91234 },
        { id: 'b', error: { code: 'feature_type', pointer: '/x', message: 'no' } },
      ],
      partial: true,
      modelVersion: { model: 'm', version: 1 },
      timings: { totalMs: 1 },
    };
    const { code, stdout } = await crisol(['predict', 'm', '-d', '-'], { answers: [Response.json(answer)], stdin: '[{"x":1},{"x":"?"}]' });
    expect([code, stdout]).toEqual([1, 'yes  0.9123\nerror feature_type /x: no\n']);
  });
});

describe('what is printed', () => {
  it('aligns a table, without a head when quiet', async () => {
    const { stdout } = await crisol('models ls', { answers: [page(model)] });
    expect(stdout).toBe(
      'NAME      TASK    LATEST  ALIASES     METRIC      ENDPOINTS\npenguins  binary  2       champion=1  auc 0.9877  –\n',
    );
    expect((await crisol('models ls -q', { answers: [page(model)] })).stdout).toBe('penguins  binary  2  champion=1  auc 0.9877  –\n');
  });

  it('has colours on a terminal, and none in a pipe or with NO_COLOR', async () => {
    const colored = '\u001b[';
    expect((await crisol('models ls', { isTTY: true })).stdout).toContain(colored);
    expect((await crisol('models ls')).stdout).not.toContain(colored);
    expect((await crisol('models ls', { isTTY: true, environment: { NO_COLOR: '1' } })).stdout).not.toContain(colored);
  });

  it('prints the call with --curl and makes none; the key stays in its variable', async () => {
    const { code, stdout, calls } = await crisol(['predict', 'm', '-d', `{"a":"it's"}`, '--curl']);
    expect([code, calls]).toEqual([0, []]);
    expect(stdout).toContain(`"Authorization: Bearer $CRISOL_API_KEY"`);
    expect(stdout).toContain(`--data '{"instances":[{"a":"it'\\''s"}]}'`);
    expect(stdout).not.toContain('crs_test');
  });

  it('starts a training with the parameters as what they are', async () => {
    const { code, stdout, calls } = await crisol(
      'train penguins --target y --set depth=6 --set fast=true --set loss=log --register m --alias champion',
      { answers: [Response.json(job('queued'), { status: 202 })] },
    );
    expect([code, stdout]).toEqual([0, 'job_1\n']);
    expect(calls[0]?.body).toEqual({
      kind: 'model.train',
      input: {
        dataset: 'penguins',
        target: 'y',
        modelType: 'gradient-boosting',
        params: { depth: 6, fast: true, loss: 'log' },
        register: { model: 'm', alias: 'champion' },
      },
    });
  });

  it.each([
    ['--task anomaly', { task: 'anomaly', modelType: 'isolation-forest' }],
    ['--task clustering --target species', { task: 'clustering', target: 'species', modelType: 'kmeans' }],
    ['--model kmeans', { modelType: 'kmeans' }],
  ])('needs no target for "train penguins %s"', async (line, input) => {
    const { code, calls } = await crisol(`train penguins ${line}`, { answers: [Response.json(job('queued'), { status: 202 })] });
    expect(code).toBe(0);
    expect(calls[0]?.body).toEqual({ kind: 'model.train', input: { dataset: 'penguins', params: {}, ...input } });
  });
});

describe('plugins', () => {
  const permissions = {
    hosts: ['hooks.example'],
    secrets: ['token'],
    datasets: [],
    commands: false,
    database: false,
    memoryMb: 256,
    cpus: 1,
  };
  const install = (more: Record<string, unknown> = {}) =>
    Response.json({
      id: 'plg_1',
      state: 'staged',
      pluginId: 'notifier-x',
      version: '2.0.0',
      previousVersion: null,
      permissions,
      permissionChanges: [],
      needsConfirmation: true,
      dependencies: [],
      problems: [],
      log: [{ at: '', line: 'Unpacking' }],
      ...more,
    });
  const plugin = (more: Record<string, unknown> = {}) =>
    Response.json({
      id: 'notifier-x',
      version: '2.0.0',
      state: 'active',
      message: null,
      fix: null,
      revision: 3,
      processes: { applied: 3, total: 3 },
      ...more,
    });
  const none = () => new Response(null, { status: 204 });

  it('shows the permissions, asks, and confirms exactly those', async () => {
    const answers = [install({ state: 'fetching', log: [] }), install(), install(), plugin()];
    const { code, stdout, stderr, calls } = await crisol('plugin install crisol-plugin-x@2.0.0', { answers, answer: 'y' });
    expect([code, stdout]).toEqual([0, 'notifier-x 2.0.0 is active (3 of 3 processes)\n']);
    expect(stderr).toContain('Unpacking');
    expect(stderr).toContain('hooks.example');
    expect(calls.map(({ method, url, body }) => [method, url.replace(/.*\/v1\//, ''), body])).toEqual([
      ['POST', 'plugins/installs', { source: { type: 'npm', name: 'crisol-plugin-x', version: '2.0.0' } }],
      ['GET', 'plugins/installs/plg_1', null],
      ['POST', 'plugins/installs/plg_1/confirm', { permissions }],
      ['GET', 'plugins/notifier-x', null],
    ]);
  });

  it.each([
    ['a no', 'n', 1, 'Nothing was installed.'],
    ['nobody at the terminal', undefined, 2, 'then give --yes'],
  ])('throws the install away after %s', async (_name, answer, exit, said) => {
    const setting = { answers: [install(), install(), none()], ...(answer === undefined ? {} : { answer }) };
    const { code, stderr, calls } = await crisol('plugin install crisol-plugin-x@2.0.0', setting);
    expect([code, calls.at(-1)?.method]).toEqual([exit, 'DELETE']);
    expect(stderr).toContain(said);
  });

  it('asks nobody for an update that wants no more than before', async () => {
    const answers = [install(), install({ previousVersion: '1.0.0', needsConfirmation: false }), install(), plugin()];
    expect((await crisol('plugin install crisol-plugin-x@2.0.0 --in-process', { answers })).code).toBe(0);
  });

  it('says why a package is refused', async () => {
    const problems = [{ code: 'api_range', message: 'Written for another API.', blocking: true }];
    const { code, stderr } = await crisol('plugin install crisol-plugin-x@2.0.0 --yes', {
      answers: [install(), install({ state: 'failed', problems })],
    });
    expect(code).toBe(1);
    expect(stderr).toContain('✗ Written for another API.');
    expect(stderr).toContain('api_range');
  });

  it('changes single settings and keeps the others', async () => {
    const known = { settings: { host: 'a', port: 25 }, settingsSecretsSet: ['token'] };
    const { calls } = await crisol(['plugin', 'settings', 'notifier-x', '--set', 'port=2525', '--set', 'from=a=b', '--unset', 'token'], {
      answers: [plugin(known), plugin(known)],
    });
    expect(calls[1]).toMatchObject({ method: 'PUT', body: { host: 'a', port: 2525, from: 'a=b', token: null } });
  });

  it('is 1 for a plugin that was enabled and does not run, with what to do', async () => {
    const answers = [plugin({ state: 'failed', message: 'no such file', fix: 'Build it.' })];
    const { code, stdout } = await crisol('plugin enable notifier-x', { answers });
    expect([code, stdout]).toEqual([1, 'notifier-x 2.0.0 is failed (3 of 3 processes): no such file\nBuild it.\n']);
  });

  it('does not disable on this machine what runs on another that does not answer', async () => {
    const environment = { CRISOL_URL: 'http://crisol.example' };
    const world = { environment, answers: [] };
    const { code, stderr } = await crisol('plugin disable notifier-x', { ...world, isUnreachable: true });
    expect(code).toBe(1);
    expect(stderr).toContain('on the machine of the server');
  });
});

describe('models upload', () => {
  const finished = (state: string, more: object) => Response.json({ ...job(state), kind: 'model.bring', ...more });
  const version = (state: string, reasons: object[] = []) =>
    Response.json({
      version: 3,
      model: { name: 'churn' },
      origin: 'skl2onnx 1.18',
      parity: { verdict: 'different', rows: 12, outputs: [{ differingRows: 2 }] },
      admission: { state, lane: state === 'admitted' ? 'inline' : null, reasons },
    });
  const upload = ['models', 'upload', import.meta.filename, '--name', 'churn', '--json'];

  it('prints version, verdict and parity once it is admitted', async () => {
    const answers = [finished('queued', {}), finished('succeeded', { outputs: { version: '3' } }), version('admitted')];
    const { code, stdout, calls } = await crisol([...upload, '--samples', import.meta.filename, '--alias', 'champion'], { answers });
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        model: 'churn',
        version: 3,
        verdict: 'admitted',
        reasons: [],
        lane: 'inline',
        origin: 'skl2onnx 1.18',
        parity: { verdict: 'different' },
      },
    ]);
    expect(calls.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'POST /api/v1/models/churn/versions',
      'GET /api/v1/jobs/job_1/wait',
      'GET /api/v1/models/churn/versions/3',
    ]);
  });

  it('is 1 for a file that is refused, before or after there is a version, with the reasons', async () => {
    const error = {
      code: 'model_refused',
      title: 'No',
      detail: 'No',
      errors: [{ pointer: '/file', code: 'format', message: 'It is a zip.' }],
    };
    const early = await crisol(upload, { answers: [finished('queued', {}), finished('failed', { error })] });
    expect([early.code, JSON.parse(early.stdout)]).toMatchObject([
      1,
      { version: null, verdict: 'refused', reasons: [{ rule: 'format', message: 'It is a zip.' }] },
    ]);
    const reasons = [{ rule: 'output_shape', message: 'Three.' }];
    const late = await crisol(upload, {
      answers: [finished('queued', {}), finished('succeeded', { outputs: { version: '3' } }), version('refused', reasons)],
    });
    expect([late.code, JSON.parse(late.stdout)]).toMatchObject([1, { version: 3, verdict: 'refused', reasons }]);
  });
});
