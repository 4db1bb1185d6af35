import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { harmlessFile, hostileFiles } from '../../../conformance/onnx/make-hostile.mjs';
import { ApiClient, BuiltServer, repositoryRoot, waitUntil } from './built-server.js';

jest.setTimeout(120_000);

const cli = join(repositoryRoot, 'apps/cli/dist/main.js');
/** What all processes of a server may take while it looks at a file of a few kilobytes. */
const mostMemoryMb = 3000;

let server: BuiltServer;
let client: ApiClient;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crisol-hostile-'));
  server = await BuiltServer.start();
  client = await ApiClient.bootstrap(server);
}, 120_000);
afterAll(async () => {
  await server?.remove();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

interface Uploaded {
  readonly code: number;
  readonly verdict: { readonly version: number | null; readonly verdict: string; readonly reasons: { rule: string; message: string }[] };
  readonly seconds: number;
}
async function upload(file: string, content: Uint8Array): Promise<Uploaded> {
  await writeFile(join(folder, file), content);
  const started = performance.now();
  const args = [cli, 'models', 'upload', join(folder, file), '--name', file.replace('.onnx', ''), '--json', '--url', server.url];
  const env = { PATH: process.env['PATH'], CRISOL_API_KEY: client.key };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      const seconds = (performance.now() - started) / 1000;
      try {
        resolve({ code: error ? Number(error.code) : 0, verdict: JSON.parse(stdout), seconds });
      } catch {
        reject(new Error(`${file}: ${stdout}${stderr}`));
      }
    });
  });
}

/** Resident memory of the server and of every process that it has started, in MB. */
async function memoryOf(root: number): Promise<number> {
  const children = await readFile(`/proc/${root}/task/${root}/children`, 'utf8').catch(() => '');
  const own = Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${root}/status`, 'utf8').catch(() => ''))?.[1] ?? 0) / 1024;
  const below = await Promise.all(
    children
      .trim()
      .split(' ')
      .filter(Boolean)
      .map((child) => memoryOf(Number(child))),
  );
  return own + below.reduce((sum, one) => sum + one, 0);
}

/** Looks in on the server as others would, until `work` has ended. */
async function whileOthersAsk<Result>(work: Promise<Result>): Promise<{ result: Result; slowestMs: number; mostMb: number }> {
  let [slowestMs, mostMb, isOver] = [0, 0, false];
  const watched = work.finally(() => (isOver = true));
  await waitUntil(async () => {
    const started = performance.now();
    const answer = await fetch(`${server.url}/api/2.0/mlflow/experiments/get?experiment_id=0`, {
      headers: { authorization: `Bearer ${client.key}` },
      signal: AbortSignal.timeout(20_000),
    });
    if (!answer.ok) throw new Error(`The server answered ${answer.status} meanwhile.`);
    await answer.arrayBuffer();
    slowestMs = Math.max(slowestMs, performance.now() - started);
    mostMb = Math.max(mostMb, await memoryOf(server.process.pid ?? 0));
    return isOver;
  }, 110_000);
  return { result: await watched, slowestMs, mostMb };
}

describe('a hostile file that is uploaded', () => {
  it('is not every file: one without a fault is admitted', async () => {
    expect(await upload('harmless.onnx', harmlessFile())).toMatchObject({
      code: 0,
      verdict: { version: 1, verdict: 'admitted', reasons: [] },
    });
  });

  it.each(Object.keys(hostileFiles()))('is refused with a reason, while others are served: %s', async (file) => {
    const { result, slowestMs, mostMb } = await whileOthersAsk(upload(file, hostileFiles()[file] ?? new Uint8Array()));
    expect(result).toMatchObject({
      code: 1,
      verdict: {
        verdict: 'refused',
        reasons: expect.arrayContaining([expect.objectContaining({ message: expect.stringMatching(/\w{3}/) })]),
      },
    });
    // A loop without end takes the whole time that a model gets to answer; the rest is known sooner.
    expect(result.seconds).toBeLessThan(60);
    expect(slowestMs).toBeLessThan(5000);
    expect(mostMb).toBeLessThan(mostMemoryMb);
  });
});
