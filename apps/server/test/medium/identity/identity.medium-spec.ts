import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scopePresets, type Scope } from '@crisol/contracts';
import request from 'supertest';
import { SetupService } from '../../../src/platform/auth/setup/setup.service.js';
import { createTestServer, type TestServer } from '../../create-test-server.js';

const password = 'tidal-quartz-lemon-42';

/** Who may in, and who may not, on the whole server over the wire. */
describe('identity', () => {
  let server: TestServer;
  let cookie: string;
  let csrfToken: string;

  const asAdmin = (method: 'get' | 'post' | 'patch' | 'delete', path: string) =>
    request(server.url)[method](path).set('Cookie', cookie).set('X-CSRF-Token', csrfToken);
  const makeKey = async (name: string, scopes: readonly Scope[]): Promise<{ id: string; secret: string }> =>
    (await asAdmin('post', '/api/v1/keys').send({ name, scopes }).expect(201)).body;

  beforeAll(async () => {
    server = await createTestServer();
    const link = await server.app.get(SetupService).newLink(server.url);
    const token = new URL(link).searchParams.get('token');
    const setUp = await request(server.url).post('/api/v1/setup').send({ token, username: 'ada', password }).expect(201);
    cookie = String(setUp.headers['set-cookie']).split(';', 1)[0] ?? '';
    csrfToken = setUp.body.csrfToken;
    await request(server.url).post('/api/v1/setup').send({ token, username: 'eve', password }).expect(403);
  }, 90_000);
  afterAll(async () => {
    await server.close();
  }, 60_000);

  it('gives nothing to any spelling of any closed route without credentials', async () => {
    const document = (await request(server.url).get('/openapi.json')).body;
    const open = new Set(['/healthz', '/readyz', '/api/v1/setup', '/api/v1/session']);
    const paths = Object.keys(document.paths).filter((path) => !open.has(path));
    expect(paths.length).toBeGreaterThan(50);
    const spellings = (path: string) => [
      path,
      `${path}/`,
      `/${path}`,
      `${path};x=1`,
      path.toUpperCase(),
      path.replace('/api', '/%61pi'),
      path.replace('/v1', '/v1/.'),
      path.replace('/v1/', '/v1%2f'),
    ];
    const through: string[] = [];
    for (const path of paths) {
      const filled = path.replaceAll(/\{[^}]+\}/g, 'x');
      for (const spelling of spellings(filled)) {
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
          const answer = await fetch(server.url + spelling, { method, redirect: 'manual' });
          if (answer.status < 300) through.push(`${method} ${spelling} ${answer.status}`);
          await answer.arrayBuffer();
        }
      }
    }
    expect(through).toEqual([]);
  }, 120_000);

  it('names the scope that a key lacks, for every route that asks for one', async () => {
    const { secret } = await makeKey('nothing', ['lineage:read']);
    const document = (await request(server.url).get('/openapi.json')).body;
    const wrong: string[] = [];
    for (const [path, operations] of Object.entries<Record<string, Record<string, unknown>>>(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const need = operation['x-crisol-scope'];
        if (typeof need !== 'string' || !need.includes(':') || need === 'lineage:read') continue;
        const answer = await fetch(server.url + path.replaceAll(/\{[^}]+\}/g, 'x'), {
          method: method.toUpperCase(),
          headers: { authorization: `Bearer ${secret}` },
        });
        const body = await answer.text();
        if (answer.status !== 403 || !body.includes(need)) wrong.push(`${method} ${path}: ${answer.status}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it('takes a key as Bearer, as X-API-Key and as the Basic password, and not from the URL', async () => {
    const { secret } = await makeKey('forms', scopePresets.read);
    await request(server.url).get('/api/v1/me').set('Authorization', `Bearer ${secret}`).expect(200);
    await request(server.url).get('/api/v1/me').set('X-API-Key', secret).expect(200);
    await request(server.url).get('/api/v1/me').auth('anybody', secret).expect(200);
    await request(server.url).get(`/api/v1/me?key=${secret}&api_key=${secret}`).expect(401);
    const refused = await request(server.url)
      .get('/api/v1/me')
      .set('Authorization', `Bearer ${secret.slice(0, -1)}x`)
      .expect(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
  });

  it('refuses a revoked key within a second', async () => {
    const { id, secret } = await makeKey('gone', scopePresets.read);
    await request(server.url).get('/api/v1/me').set('Authorization', `Bearer ${secret}`).expect(200);
    await asAdmin('post', `/api/v1/keys/${id}/revoke`).expect(200);
    const revokedAt = Date.now();
    for (;;) {
      const { status } = await request(server.url).get('/api/v1/me').set('Authorization', `Bearer ${secret}`);
      if (status === 401) break;
      expect(Date.now() - revokedAt).toBeLessThan(1_000);
    }
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { 'X-CSRF-Token': 'x' }],
    ['another origin', { 'X-CSRF-Token': 'right', Origin: 'https://evil.example' }],
    ['a cross-site fetch', { 'X-CSRF-Token': 'right', 'Sec-Fetch-Site': 'cross-site' }],
  ])('refuses a change by a session with %s', async (_what, headers) => {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === 'right' ? csrfToken : value]));
    const answer = await request(server.url)
      .post('/api/v1/keys')
      .set('Cookie', cookie)
      .set(sent)
      .send({ name: 'forged', scopes: ['lineage:read'] });
    expect([answer.status, answer.body.code]).toEqual([403, 'csrf_failed']);
  });

  it('ends every session of a user who is disabled, and keeps the last administrator', async () => {
    const made = (
      await asAdmin('post', '/api/v1/users').send({ username: 'bob', password: 'another-Quiet-river-7', role: 'viewer' }).expect(201)
    ).body;
    const signedIn = await request(server.url)
      .post('/api/v1/session')
      .send({ username: 'bob', password: 'another-Quiet-river-7' })
      .expect(201);
    const bob = String(signedIn.headers['set-cookie']).split(';', 1)[0] ?? '';
    await request(server.url).get('/api/v1/me').set('Cookie', bob).expect(200);
    await request(server.url).get('/api/v1/users').set('Cookie', bob).expect(403);
    await asAdmin('patch', `/api/v1/users/${made.id}`).send({ disabled: true }).expect(200);
    const disabledAt = Date.now();
    for (;;) {
      const { status } = await request(server.url).get('/api/v1/me').set('Cookie', bob);
      if (status === 401) break;
      expect(Date.now() - disabledAt).toBeLessThan(1_000);
    }
    const me = (await asAdmin('get', '/api/v1/me')).body;
    const refused = await asAdmin('patch', `/api/v1/users/${me.id}`).send({ role: 'viewer' });
    expect([refused.status, refused.body.code]).toEqual([409, 'last_admin']);
  });

  it('slows the guessing of a password, and says until when', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => request(server.url).post('/api/v1/session').send({ username: 'ada', password: 'not-the-password' })),
    );
    const statuses = new Set(answers.map((answer) => answer.status));
    expect(statuses.has(429)).toBe(true);
    expect([...statuses].every((status) => status === 401 || status === 429)).toBe(true);
    for (const answer of answers) if (answer.status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }, 30_000);

  it('writes what happened into an unbroken audit trail that cannot be changed', async () => {
    const events = (await asAdmin('get', '/api/v1/audit-events?limit=200')).body.data;
    const actions = events.map((event: { action: string }) => event.action);
    expect(actions).toEqual(expect.arrayContaining(['key.created', 'key.revoked', 'user.changed', 'sign_in_link.used', 'sign_in.refused']));
    expect(JSON.stringify(events)).not.toContain(password);
  });
});
