import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { ApiClient, BuiltServer, readJson } from './built-server.js';

jest.setTimeout(180_000);

const batches = 400;
const metricsEach = 200;

describe('kill -9 in the middle of log-batch calls', () => {
  let server: BuiltServer;
  let client: ApiClient;
  beforeAll(async () => {
    server = await BuiltServer.start();
    client = await ApiClient.bootstrap(server);
  }, 120_000);
  afterAll(async () => {
    await server?.remove();
  }, 60_000);

  async function mlflow(method: string, path: string, body?: object) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${client.key}` };
    const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return readJson(answer);
  }

  it('leaves all of a batch or none of it, and every one that was acknowledged', async () => {
    const { run } = await mlflow('POST', 'runs/create', { experiment_id: '0' });
    const id = run.info.run_id;
    const acknowledged = new Set<number>();
    let next = 0;
    let isKilled = false;
    const write = async (): Promise<void> => {
      for (let batch = next++; batch < batches && !isKilled; batch = next++) {
        const metrics = Array.from({ length: metricsEach }, (_, step) => ({ key: `b${batch}`, value: step, timestamp: step, step }));
        const params = [{ key: `p${batch}`, value: 'v' }];
        const sent = mlflow('POST', 'runs/log-batch', { run_id: id, metrics, params, tags: [{ key: `t${batch}`, value: 'v' }] });
        await sent.then(() => acknowledged.add(batch)).catch(() => undefined);
        if (acknowledged.size >= 60 && !isKilled) {
          isKilled = true;
          const postgres = execFileSync('pgrep', ['-f', server.dataFolder]).toString().trim().split('\n').map(Number);
          server.process.kill('SIGKILL');
          for (const pid of postgres) {
            try {
              process.kill(pid, 'SIGKILL');
            } catch {
              // It ended with its parent.
            }
          }
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, write));
    expect(isKilled).toBe(true);

    server = await BuiltServer.start({ dataFolder: server.dataFolder });
    client = new ApiClient(server.url, client.key);
    const { data } = (await mlflow('GET', `runs/get?run_id=${id}`)).run;
    const has = (list: readonly { readonly key: string }[] | undefined, key: string) => (list ?? []).some((one) => one.key === key);
    const torn: number[] = [];
    const lost: number[] = [];
    for (let batch = 0; batch < batches; batch++) {
      const isThere = has(data.metrics, `b${batch}`);
      const points = isThere ? (await mlflow('GET', `metrics/get-history?run_id=${id}&metric_key=b${batch}`)).metrics.length : 0;
      const isWhole = points === metricsEach && has(data.params, `p${batch}`) && has(data.tags, `t${batch}`);
      const isNone = points === 0 && !has(data.params, `p${batch}`) && !has(data.tags, `t${batch}`);
      if (!isWhole && !isNone) torn.push(batch);
      if (acknowledged.has(batch) && !isWhole) lost.push(batch);
    }
    expect({ torn, lost }).toEqual({ torn: [], lost: [] });
  });
});
