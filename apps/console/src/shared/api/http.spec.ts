import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, call, onSessionLost, path, setCsrfToken, url } from './http';
import { ProblemError } from './problem-error';

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const fetcher = vi.fn<(address: string, init: RequestInit) => Promise<Response>>(() =>
    Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status, headers })),
  );
  vi.stubGlobal('fetch', fetcher);
  return { headers: () => new Headers(fetcher.mock.calls[0]?.[1].headers), init: () => fetcher.mock.calls[0]?.[1] };
}
const failure = async (promise: Promise<unknown>): Promise<ProblemError> => {
  const error: unknown = await promise.catch((caught: unknown) => caught);
  if (!(error instanceof ProblemError)) throw new Error('no problem was thrown');
  return error;
};
afterEach(() => {
  vi.unstubAllGlobals();
  setCsrfToken(null);
});

describe(path, () => {
  it('encodes names and keeps the @ of an alias', () => {
    expect(path('models', 'año 1', 'versions', '@champion')).toBe('/models/a%C3%B1o%201/versions/@champion');
  });
});
describe(url, () => {
  it('leaves out what is empty', () => {
    expect(url('/jobs', { state: '', limit: 50, cursor: null })).toBe('/api/v1/jobs?limit=50');
  });
});
describe(call, () => {
  it('sends the CSRF token and a fresh Idempotency-Key with a POST, and neither with a GET', async () => {
    setCsrfToken('t0ken');
    const posted = answer(200, {});
    await api.post('/keys', {});
    expect(posted.headers().get('X-CSRF-Token')).toBe('t0ken');
    expect(posted.headers().get('Idempotency-Key')).toMatch(/^[0-9a-f]{32}$/);
    const read = answer(200, {});
    await api.get('/keys');
    expect(read.headers().has('X-CSRF-Token')).toBe(false);
  });
  it('sends If-Match as given and hands back the ETag', async () => {
    const sent = answer(200, { a: 1 }, { ETag: '"r8"' });
    const got = await call('PUT', '/endpoints/x/traffic', { body: {}, ifMatch: '"r7"' });
    expect(sent.headers().get('If-Match')).toBe('"r7"');
    expect(got.etag).toBe('"r8"');
  });
  it('throws the problem document with its request id and field messages', async () => {
    answer(422, {
      code: 'validation_failed',
      title: 'The request is not valid',
      status: 422,
      requestId: 'req_1',
      retryable: false,
      errors: [{ pointer: '/name', code: 'x', message: 'too long' }],
    });
    const error = await failure(api.post('/keys', {}));
    expect(error.problem.requestId).toBe('req_1');
    expect(error.messageAt('/name')).toBe('too long');
  });
  it('makes a problem of an answer that is none, and of a server that does not answer', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })));
    expect((await failure(api.get('/me'))).problem).toMatchObject({ code: 'http_502', retryable: true });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
    expect((await failure(api.get('/me'))).problem.code).toBe('unreachable');
  });
  it('reports a lost session once, and not a wrong password', async () => {
    const lost = vi.fn();
    onSessionLost(lost);
    answer(401, { code: 'invalid_credentials', title: '', status: 401 });
    await failure(api.post('/session', {}));
    expect(lost).not.toHaveBeenCalled();
    answer(401, { code: 'not_authenticated', title: '', status: 401 });
    await failure(api.get('/jobs'));
    expect(lost).toHaveBeenCalledOnce();
  });
  it('reads how long to wait from Retry-After', async () => {
    answer(429, { code: 'rate_limited', title: '', status: 429, retryable: true }, { 'Retry-After': '7' });
    expect((await failure(api.get('/jobs'))).retryAfterMs).toBe(7000);
  });
});
