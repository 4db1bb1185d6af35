import { ProblemError, unreachable } from './problem-error';

export type QueryValue = string | number | boolean | null | undefined;
export interface CallOptions {
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly bytes?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
}
export interface Answer<Body> {
  readonly data: Body;
  readonly etag: string | null;
  readonly status: number;
}
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const root = '/api/v1';
let csrfToken: string | null = null;
let language = 'en';
let onUnauthenticated: () => void = () => undefined;

export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}
export function setRequestLanguage(locale: string): void {
  language = locale;
}
export function onSessionLost(listener: () => void): void {
  onUnauthenticated = listener;
}

/** A random key; `crypto.randomUUID` is missing on plain HTTP, `getRandomValues` is not. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Path below `/api/v1` from segments, each encoded. */
export function path(...segments: readonly (string | number)[]): string {
  return `/${segments.map((segment) => encodeURIComponent(String(segment)).replaceAll('%40', '@')).join('/')}`;
}

export function url(target: string, query: CallOptions['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  const text = search.toString();
  return `${root}${target}${text ? `?${text}` : ''}`;
}

/** Headers that a changing request of this console carries. */
export function changeHeaders(): Record<string, string> {
  return csrfToken ? { 'X-CSRF-Token': csrfToken, 'Accept-Language': language } : { 'Accept-Language': language };
}

async function toProblem(response: Response, target: string): Promise<ProblemError> {
  const retryAfter = Number(response.headers.get('Retry-After'));
  const retryAfterMs = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : null;
  const etag = response.headers.get('ETag');
  const document: unknown = await response.json().catch(() => null);
  if (typeof document === 'object' && document !== null && 'code' in document && 'title' in document) {
    // The server's problem filter writes every error; the contract is its type.
    return new ProblemError(document as ProblemError['problem'], etag, retryAfterMs);
  }
  return new ProblemError(
    {
      type: 'about:blank',
      title: response.statusText || `HTTP ${response.status}`,
      status: response.status,
      detail: '',
      instance: target,
      code: `http_${response.status}`,
      requestId: response.headers.get('X-Request-Id') ?? '',
      retryable: response.status >= 500,
    },
    etag,
    retryAfterMs,
  );
}

export async function call<Body>(method: Method, target: string, options: CallOptions = {}): Promise<Answer<Body>> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language };
  if (method !== 'GET') Object.assign(headers, changeHeaders());
  if (method === 'POST') headers['Idempotency-Key'] = options.idempotencyKey ?? newIdempotencyKey();
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  if (options.body !== undefined) headers['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  if (options.bytes) headers['Content-Type'] = 'application/octet-stream';
  Object.assign(headers, options.headers);
  const body = options.form ?? options.bytes ?? (options.body === undefined ? null : JSON.stringify(options.body));
  const address = url(target, options.query);
  const response = await fetch(address, { method, headers, body, credentials: 'same-origin', signal: options.signal ?? null }).catch(
    (cause: unknown) => {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
      throw unreachable(address, cause);
    },
  );
  if (!response.ok) {
    const error = await toProblem(response, address);
    if (error.status === 401 && error.problem.code === 'not_authenticated') onUnauthenticated();
    throw error;
  }
  // The contract is the type of the answer; the server validates what it sends in its own tests.
  const data = (response.status === 204 ? undefined : await response.json()) as Body;
  return { data, etag: response.headers.get('ETag'), status: response.status };
}

async function dataOf<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  return (await answer).data;
}
export const api = {
  get: <Body>(target: string, query?: CallOptions['query'], signal?: AbortSignal) =>
    dataOf(call<Body>('GET', target, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) })),
  post: <Body>(target: string, body?: unknown, options: CallOptions = {}) =>
    dataOf(call<Body>('POST', target, { ...options, body: body ?? {} })),
  put: <Body>(target: string, body: unknown, options: CallOptions = {}) => dataOf(call<Body>('PUT', target, { ...options, body })),
  patch: <Body>(target: string, body: unknown, options: CallOptions = {}) => dataOf(call<Body>('PATCH', target, { ...options, body })),
  remove: (target: string, options: CallOptions = {}) => call<undefined>('DELETE', target, options),
};

/** The strong ETag of an object that carries its revision. */
export function etagOf(object: { readonly revision: number }): string {
  return `"r${object.revision}"`;
}
