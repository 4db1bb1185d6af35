import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scope } from '@crisol/contracts';
import request from 'supertest';
import { SetupService } from '../../../src/platform/auth/setup/setup.service.js';
import { createTestServer, type TestServer } from '../../create-test-server.js';

/** What every path of the protocol has in common: who may call, and how a refusal looks. */
describe("the gateway of MLflow's protocol", () => {
  let server: TestServer;
  let cookie: string;
  let csrfToken: string;
  let made = 0;
  const open = new Set(['/version', '/health', '/api/3.0/mlflow/server-info', '/ajax-api/3.0/mlflow/server-info']);
  const protocolRoutes = () =>
    server.routes.filter(({ url }) => /^\/(?:ajax-)?api\/[23]\.0|^\/endpoints\/|get-artifact/.test(url) && !open.has(url));
  const makeKey = async (scopes: readonly Scope[]): Promise<string> =>
    (
      await request(server.url)
        .post('/api/v1/keys')
        .set('Cookie', cookie)
        .set('X-CSRF-Token', csrfToken)
        .send({ name: `key ${made++}`, scopes })
        .expect(201)
    ).body.secret;

  beforeAll(async () => {
    server = await createTestServer();
    const token = new URL(await server.app.get(SetupService).newLink(server.url)).searchParams.get('token');
    const setUp = await request(server.url)
      .post('/api/v1/setup')
      .send({ token, username: 'ada', password: 'tidal-quartz-lemon-42' })
      .expect(201);
    cookie = String(setUp.headers['set-cookie']).split(';', 1)[0] ?? '';
    csrfToken = setUp.body.csrfToken;
  }, 90_000);
  afterAll(async () => {
    await server.close();
  }, 60_000);

  it('tells clients what they ask before anything else, without a key', async () => {
    expect((await request(server.url).get('/api/3.0/mlflow/server-info').expect(200)).body).toMatchObject({ store_type: 'SqlStore' });
    expect((await request(server.url).get('/version').expect(200)).text).toMatch(/^\d+\.\d+\.\d+$/);
    await request(server.url).get('/health').expect(200);
  });

  it('lets nobody in without a key, by any path and in any spelling', async () => {
    expect(protocolRoutes().length).toBeGreaterThan(60);
    const through: string[] = [];
    for (const { method, url } of protocolRoutes()) {
      const path = url.replaceAll(/:\w+|\*/g, 'x');
      for (const spelling of [path, `${path}/`, `/${path}`, path.replace('/api', '/%61pi'), path.replace('/mlflow', '/./mlflow')]) {
        const answer = await fetch(server.url + spelling, { method, redirect: 'manual', headers: { 'content-type': 'application/json' } });
        if (answer.status < 300) through.push(`${method} ${spelling} ${answer.status}`);
        await answer.arrayBuffer();
      }
    }
    expect(through).toEqual([]);
  }, 120_000);

  it('refuses a key without the scope in words of the protocol, for every path', async () => {
    const secret = await makeKey(['lineage:read']);
    const wrong: string[] = [];
    for (const { method, url } of protocolRoutes()) {
      const answer = await fetch(server.url + url.replaceAll(/:\w+|\*/g, 'x'), { method, headers: { authorization: `Bearer ${secret}` } });
      const body = await answer.text();
      if (answer.status !== 403 || !body.includes('PERMISSION_DENIED')) wrong.push(`${method} ${url}: ${answer.status} ${body}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it('takes the key as token, as password and in a header, and challenges as clients expect', async () => {
    const secret = await makeKey(['experiments:read']);
    const ask = (headers: Record<string, string>) => fetch(`${server.url}/api/2.0/mlflow/experiments/get?experiment_id=0`, { headers });
    expect((await ask({ authorization: `Bearer ${secret}` })).status).toBe(200);
    expect((await ask({ authorization: `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}` })).status).toBe(200);
    expect((await ask({ 'x-api-key': secret })).status).toBe(200);
    const refused = await ask({});
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="mlflow"']);
    expect(await refused.json()).toMatchObject({ error_code: 'UNAUTHENTICATED' });
  });

  it('answers what it does not speak with ENDPOINT_NOT_FOUND', async () => {
    for (const path of [
      '/api/2.0/mlflow/traces',
      '/api/3.0/mlflow/traces/search',
      '/api/2.0/mlflow/no/such',
      '/ajax-api/2.0/mlflow/scorers/list',
    ]) {
      const answer = await request(server.url).post(path).send({}).expect(404);
      expect(answer.body).toMatchObject({ error_code: 'ENDPOINT_NOT_FOUND' });
    }
  });

  it('never answers a wrong body with a 5xx or 429, which clients would send again', async () => {
    const secret = await makeKey(['experiments:write', 'models:write', 'models:promote', 'endpoints:predict']);
    const wrong: string[] = [];
    // A 501 of these is the protocol's own word: the client sends the file in one piece then.
    const written = protocolRoutes().filter(({ method, url }) => method !== 'GET' && !url.includes('/mpu/'));
    for (const { method, url } of written) {
      for (const body of ['{', '[]', 'null', '""', '{"run_id": {"a": []}, "name": [], "experiment_id": {}, "metrics": 3}']) {
        const answer = await fetch(server.url + url.replaceAll(/:\w+|\*/g, 'x'), {
          method,
          body,
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        });
        const text = await answer.text();
        if (answer.status >= 500 || answer.status === 429) wrong.push(`${method} ${url} ${body}: ${answer.status} ${text}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});
