import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createTestServer, type TestServer } from '../../create-test-server.js';

describe('the HTTP floor', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await createTestServer();
  }, 60_000);
  afterAll(async () => {
    await server.close();
  });

  it('is live and ready', async () => {
    await request(server.url).get('/healthz').expect(200, { status: 'ok' });
    const ready = await request(server.url).get('/readyz').expect(200);
    expect(ready.body.checks.database).toEqual({ status: 'up' });
  });

  it('answers an unknown path with a problem that carries the request id', async () => {
    const answer = await request(server.url).get('/api/v1/nothing').set('X-Request-Id', 'my-request-1').expect(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      code: 'not_found',
      status: 404,
      requestId: 'my-request-1',
      instance: '/api/v1/nothing',
      retryable: false,
    });
  });

  it('speaks Spanish when asked to', async () => {
    const answer = await request(server.url).get('/api/v1/nothing').set('Accept-Language', 'es-ES,es;q=0.9').expect(404);
    expect(answer.body.title).toBe('No encontrado');
  });

  it.each([
    ['broken JSON', 'application/json', '{"username":', 400, 'malformed_request'],
    ['a form', 'application/x-www-form-urlencoded', 'username=ada', 415, 'unsupported_media_type'],
    ['text', 'text/plain', '{}', 415, 'unsupported_media_type'],
    ['a nest of 100,000 levels', 'application/json', '['.repeat(100_000), 400, 'malformed_request'],
    ['an unknown field', 'application/json', '{"username":"a","password":"b","admin":true}', 422, 'validation_failed'],
  ])('refuses %s on a body route', async (_what, type, body, status, code) => {
    const answer = await request(server.url).post('/api/v1/session').set('Content-Type', type).send(body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('refuses a foreign Host, so that no page can rebind its name to this machine', async () => {
    const answer = await request(server.url).get('/api/v1/meta').set('Host', 'evil.example');
    expect([answer.status, answer.body.code]).toEqual([421, 'misdirected_request']);
  });
});
