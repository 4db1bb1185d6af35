import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { prepareMlflow, prepareMlflowJava } from '../../../conformance/mlflow/environment.mjs';
import { ApiClient, BuiltServer, repositoryRoot } from './built-server.js';

// Real clients, on a machine that may be busy.
jest.setTimeout(420_000);

const folder = join(repositoryRoot, 'conformance', 'mlflow');
const three = prepareMlflow(3);
const two = prepareMlflow(2);
const java = prepareMlflowJava();
const title = (what: string, missing: string | undefined) => (missing === undefined ? what : `${what}, which is not here: ${missing}`);

let server: BuiltServer;
let client: ApiClient;
beforeAll(async () => {
  server = await BuiltServer.start({ environment: { CRISOL_REQUESTS_PER_MINUTE: '10000000' } });
  client = await ApiClient.bootstrap(server);
}, 120_000);
afterAll(async () => {
  await server?.remove();
}, 60_000);

/** What a program of the folder says, with its code; it gets the server's address and a key as MLflow's clients expect them. */
function ran(command: string, args: readonly string[]): Promise<{ code: number; said: string }> {
  // As if the environment of client 3 were activated: the Java client asks its Python for files.
  const activated = three.python === undefined ? {} : { VIRTUAL_ENV: dirname(dirname(three.python)) };
  const env = {
    ...activated,
    PATH: [...Object.values(activated).map((home) => join(home, 'bin')), process.env['PATH']].join(delimiter),
    HOME: process.env['HOME'],
    MLFLOW_TRACKING_URI: server.url,
    MLFLOW_TRACKING_TOKEN: client.key,
  };
  return new Promise((resolve) => {
    execFile(command, [...args], { cwd: folder, env, maxBuffer: 64e6 }, (error, stdout, stderr) => {
      const code = error ? Number(error.code ?? 1) : 0;
      resolve({ code, said: `${stdout}\n${stderr}`.slice(-6000) });
    });
  });
}
const replay = (python: string, recording: string) => ran(python, ['replay.py', server.url, recording, '--token', client.key]);

(three.missing === undefined ? describe : describe.skip)(title("MLflow's client 3", three.missing), () => {
  const python = three.python ?? '';
  it('goes through its round trip', async () => {
    expect(await ran(python, ['client_roundtrip.py'])).toMatchObject({ code: 0, said: expect.stringMatching(/\b0 failed/) });
  });

  it('goes through the suite', async () => {
    expect(await ran(python, ['-m', 'pytest', '-q', '--tb=short', '-W', 'ignore', 'suite'])).toMatchObject({
      code: 0,
      said: expect.stringMatching(/\d+ passed/),
    });
  });

  it('hears what it has heard from the real server, request by request', async () => {
    expect(await replay(python, 'traffic-3x.ndjson')).toMatchObject({
      code: 0,
      said: expect.stringContaining('1050 of 1050 exchanges equal'),
    });
  });
});

(two.missing === undefined ? describe : describe.skip)(title("MLflow's client 2", two.missing), () => {
  const python = two.python ?? '';
  it('goes through its round trip', async () => {
    expect(await ran(python, ['client_roundtrip.py'])).toMatchObject({ code: 0, said: expect.stringMatching(/\b0 failed/) });
  });

  it('goes through the part of the suite that it knows', async () => {
    const files = [
      'suite/test_search.py',
      'suite/test_registry.py',
      'suite/test_runs.py',
      'suite/test_artifacts.py',
      'suite/test_models.py',
    ];
    const args = ['-m', 'pytest', '-q', '--tb=short', '-W', 'ignore', '-k', 'not evaluation', ...files];
    expect(await ran(python, args)).toMatchObject({ code: 0, said: expect.stringMatching(/\d+ passed/) });
  });

  it('hears what it has heard from the real server, request by request', async () => {
    expect(await replay(python, 'traffic-2x.ndjson')).toMatchObject({
      code: 0,
      said: expect.stringContaining('891 of 891 exchanges equal'),
    });
  });
});

(java.missing === undefined ? describe : describe.skip)(title("MLflow's client for Java", java.missing), () => {
  it('goes through its round trip', async () => {
    expect(await ran('java', java.command ?? [])).toMatchObject({ code: 0, said: expect.stringMatching(/\d+ passed, 0 failed/) });
  });
});

it('keeps each point once and one order of events, whoever writes at the same time', async () => {
  const said = await ran(process.execPath, ['writers.mjs', server.url, client.key]);
  expect(said).toMatchObject({ code: 0, said: expect.stringContaining('10000 events') });
});
