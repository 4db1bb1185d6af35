import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Module, Post, Query } from '@nestjs/common';
import { listQuery } from '@crisol/contracts';
import { request as httpRequest } from 'node:http';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { problem } from '../../../src/platform/http/problem.js';
import { Answers, Needs } from '../../../src/platform/http/route-decorators.js';
import { createTestServer, type TestServer } from '../../create-test-server.js';

const Probe = z.strictObject({ name: z.string().min(2), parts: z.array(z.strictObject({ size: z.int() })).optional() });
type Probe = z.infer<typeof Probe>;
const Echo = z.object({ id: z.string(), revision: z.int(), name: z.string() });
const ProbeQuery = z.strictObject(listQuery);
const secretPath = '/var/lib/secret-place';

@Controller('probe')
class ProbeController {
  @Get('one')
  @Needs('public')
  @Answers(200, Echo, { id: 'getProbe', summary: 'A thing with a revision' })
  one(): z.infer<typeof Echo> {
    return { id: 'ds_1', revision: 7, name: 'x'.repeat(4000) };
  }

  @Get('list')
  @Needs('public')
  @Answers(200, null, { id: 'listProbe', summary: 'Takes the query of a list' })
  list(@Query({ schema: ProbeQuery }) query: z.infer<typeof ProbeQuery>): object {
    return { limit: query.limit };
  }

  @Post()
  @Needs('public')
  @Answers(201, Echo, { id: 'createProbe', summary: 'Takes a body' })
  create(@Body({ schema: Probe }) body: Probe): z.infer<typeof Echo> {
    return { id: 'ds_2', revision: 1, name: body.name };
  }

  @Get('broken')
  @Needs('public')
  @Answers(200, null, { id: 'breakProbe', summary: 'Fails inside' })
  broken(): never {
    throw new Error(`ENOENT: no such file, open '${secretPath}'`);
  }

  @Get('busy')
  @Needs('public')
  @Answers(200, null, { id: 'busyProbe', summary: 'Sheds load' })
  busy(): never {
    throw problem('overloaded', { retryAfterSeconds: 3 });
  }

  @Get('slow')
  @Needs('public')
  @Answers(200, null, { id: 'slowProbe', summary: 'Never ends' })
  slow(): Promise<never> {
    return new Promise(() => undefined);
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

let server: TestServer;
beforeAll(async () => {
  server = await createTestServer({ extraModules: [ProbeModule], requestDeadlineMs: 2_000 });
}, 60_000);
afterAll(() => server?.close());

const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${server.url}/probe`, { method: 'POST', body, headers });

/** One request as it goes over the wire; fetch would unpack the body and set the Host itself. */
function raw(
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    httpRequest(`${server.url}${path}`, { headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('answers of the HTTP floor', () => {
  it('writes a problem for a path that does not exist', async () => {
    const answer = await fetch(`${server.url}/api/v1/nothing-here`, { headers: { 'x-request-id': 'from-the-caller-1' } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({
      status: 404,
      code: 'not_found',
      instance: '/api/v1/nothing-here',
      requestId: 'from-the-caller-1',
    });
    expect(answer.headers.get('x-request-id')).toBe('from-the-caller-1');
  });

  it('makes its own request id when the one sent is not well formed', async () => {
    const answer = await fetch(`${server.url}/healthz`, { headers: { 'x-request-id': 'short' } });
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{26}$/);
  });

  it('names the methods of a path that exists when another one is used', async () => {
    const answer = await fetch(`${server.url}/probe/one`, { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('speaks Spanish to who prefers it', async () => {
    const answer = await fetch(`${server.url}/nothing`, { headers: { 'accept-language': 'es-ES,en;q=0.5' } });
    expect(await answer.json()).toMatchObject({ title: 'No encontrado' });
  });

  it.each([
    ['half a JSON', '{"name":', 'application/json', 400, 'malformed_request'],
    ['a field twice', '{"name":"ab","name":"cd"}', 'application/json', 400, 'malformed_request'],
    ['a nest of 10,000 levels', '['.repeat(10_000), 'application/json', 400, 'malformed_request'],
    ['form fields', 'name=ab', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['plain text', '{"name":"ab"}', 'text/plain', 415, 'unsupported_media_type'],
    ['11 MiB', `{"name":"${'x'.repeat(11 * 1024 * 1024)}"}`, 'application/json', 413, 'payload_too_large'],
  ])('refuses %s', async (_what, body, type, status, code) => {
    const answer = await post(body, { 'content-type': type });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code });
  });

  it('points at every field that is wrong', async () => {
    const answer = await post(JSON.stringify({ name: 'x', colour: 'red', revision: 3, parts: [{ size: 1 }, { size: 'big' }] }));
    const body: { errors: { pointer: string; code: string }[] } = JSON.parse(await answer.text());
    expect(answer.status).toBe(422);
    expect(body.errors.map(({ pointer, code }) => [pointer, code]).sort()).toEqual([
      ['/colour', 'unknown_field'],
      ['/name', 'too_small'],
      ['/parts/1/size', 'invalid_type'],
      ['/revision', 'read_only_field'],
    ]);
  });

  it('refuses a list query out of bounds', async () => {
    expect((await fetch(`${server.url}/probe/list?limit=500`)).status).toBe(422);
    expect(await (await fetch(`${server.url}/probe/list`)).json()).toEqual({ limit: 50 });
  });

  it('keeps what failed inside to itself', async () => {
    const answer = await fetch(`${server.url}/probe/broken`);
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal_error' });
    expect(text).not.toContain(secretPath);
    expect(text).not.toContain('ENOENT');
  });

  it('says when to come back', async () => {
    const answer = await fetch(`${server.url}/probe/busy`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '3']);
  });

  it('ends a request at its deadline', async () => {
    const answer = await fetch(`${server.url}/probe/slow`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'request_timeout', retryable: true });
  });

  it('names where a new thing is', async () => {
    const answer = await post('{"name":"ab"}');
    expect([answer.status, answer.headers.get('location'), answer.headers.get('etag')]).toEqual([201, '/probe/ds_2', '"r1"']);
  });

  it('answers 304 to who has the revision', async () => {
    const first = await fetch(`${server.url}/probe/one`);
    expect(first.headers.get('etag')).toBe('"r7"');
    const second = await fetch(`${server.url}/probe/one`, { headers: { 'if-none-match': '"r7"' } });
    expect([second.status, await second.text()]).toEqual([304, '']);
  });

  it('refuses a Host that is not its own, except for probes of health', async () => {
    expect((await raw('/probe/one', { host: 'evil.example' })).status).toBe(421);
    expect((await raw('/healthz', { host: '10.0.0.7:7070' })).status).toBe(200);
  });

  it('compresses what gets shorter by it', async () => {
    const br = await raw('/probe/one', { 'accept-encoding': 'gzip, br' });
    expect(br.headers['content-encoding']).toBe('br');
    expect(JSON.parse(brotliDecompressSync(br.body).toString())).toMatchObject({ revision: 7 });
    const gzip = await raw('/probe/one', { 'accept-encoding': 'gzip, br;q=0' });
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(gzip.body).toString())).toMatchObject({ revision: 7 });
    const small = await raw('/healthz', { 'accept-encoding': 'br' });
    expect(small.headers['content-encoding']).toBeUndefined();
    expect(small.headers['vary']).toContain('Accept-Encoding');
  });

  it('sends the headers that keep browsers safe', async () => {
    const headers = Object.fromEntries((await fetch(`${server.url}/api/v1/nothing`)).headers);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      vary: expect.stringContaining('Authorization'),
    });
  });

  it('leads from / to the console', async () => {
    const answer = await fetch(`${server.url}/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/console/']);
  });

  it('is live, ready, and measured by route', async () => {
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({ checks: { database: { status: 'up' } } });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/crisol_http_request_duration_seconds_count\{method="GET",route="\/probe\/one",status_class="2xx"\} [1-9]/);
  });
});

describe('the document of the routes', () => {
  interface Operation {
    operationId?: string;
    summary?: string;
    'x-crisol-scope'?: string;
    responses: Record<string, { content?: Record<string, unknown> }>;
  }

  it('describes every route of the router with its name, scope and errors', async () => {
    const document: { paths: Record<string, Record<string, Operation>> } = JSON.parse(
      await (await fetch(`${server.url}/openapi.json`)).text(),
    );
    const faults: string[] = [];
    const names = new Map<string, string>();
    for (const { method, url } of server.routes) {
      // Other systems' protocols have descriptions of their own.
      if (!url.startsWith('/api/v1/') || method === 'HEAD') continue;
      const route = `${method} ${url}`;
      const operation = document.paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      if (!operation) {
        faults.push(`${route} is not in the document`);
        continue;
      }
      const id = operation.operationId ?? '';
      if (!/^[a-z]+([A-Z][A-Za-z]*)?$/.test(id)) faults.push(`${route} has no operationId`);
      if (names.has(id)) faults.push(`${route} shares ${id} with ${names.get(id)}`);
      names.set(id, route);
      if (!operation.summary) faults.push(`${route} has no summary`);
      if (!operation['x-crisol-scope']) faults.push(`${route} has no scope`);
      if (!operation.responses['default']?.content?.['application/problem+json']) faults.push(`${route} does not tell its errors`);
    }
    expect(faults).toEqual([]);
    expect(names.size).toBeGreaterThan(30);
  });

  it('has every schema that it refers to', async () => {
    const text = await (await fetch(`${server.url}/openapi.json`)).text();
    const document: { components: { schemas: Record<string, unknown> } } = JSON.parse(text);
    const named = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((found) => found[1] ?? '');
    expect(text).not.toContain('#/$defs/');
    expect([...new Set(named)].filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('is shown at /docs without anything from outside', async () => {
    const page = await fetch(`${server.url}/docs`);
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain(`default-src 'none'`);
    expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((found) => found[1])).toEqual([
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js',
      '/docs/start.js',
    ]);
    expect((await fetch(`${server.url}/docs/swagger-ui-bundle.js`)).status).toBe(200);
  });
});
