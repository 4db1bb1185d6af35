import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Crisol } from './crisol.js';
import { Datasets } from './datasets.js';
import { ConnectionError, ProblemError } from './problem-error.js';
import { Transport } from './transport.js';

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}
type Answer = (response: ServerResponse, request: Received) => void;

let server: Server | undefined;

/** A server that gives the answers one after another, the last one again and again. */
async function serve(...answers: Answer[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
      received.push(one);
      answers[Math.min(received.length, answers.length) - 1]?.(response, one);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, received };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const problem = (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  json(status, { title: 'No', detail: `It is ${code}.`, status, code, requestId: 'req_1', retryable: status >= 500 }, headers);
const hangUp: Answer = (response) => void response.destroy();
const client = (url: string): Crisol => new Crisol({ url, apiKey: 'crs_test', firstPauseMs: 1 });
const job = { id: 'job_1', kind: 'model.train', state: 'succeeded', progress: { ratio: 1 } };

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe(Crisol.name, () => {
  it('sends the key, and one Idempotency-Key for every try of a call', async () => {
    const { url, received } = await serve(problem(503, 'overloaded'), hangUp, json(202, job));
    await client(url).jobs.create('model.train', { dataset: 'd' });
    expect(received.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer crs_test'));
    expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(received[2]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('gives up after three tries, with the problem', async () => {
    const { url, received } = await serve(problem(503, 'overloaded'));
    const error = await client(url)
      .me()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ code: 'overloaded', status: 503, requestId: 'req_1', retryable: true, message: 'It is overloaded.' });
    expect(received).toHaveLength(3);
  });

  it('does not try again what was refused for good', async () => {
    const { url, received } = await serve(problem(409, 'name_taken'));
    await expect(client(url).keys.create({ name: 'a', scopes: ['endpoints:predict'] })).rejects.toMatchObject({ code: 'name_taken' });
    expect(received).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    const { url } = await serve(problem(429, 'rate_limited', { 'retry-after': '1' }), json(200, {}));
    const started = performance.now();
    await client(url).me();
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  it('says that nobody answers', async () => {
    const { url } = await serve(json(200, {}));
    server?.close();
    await expect(client(url).me()).rejects.toBeInstanceOf(ConnectionError);
  });

  it('stops waiting when the signal says so', async () => {
    const { url, received } = await serve(problem(429, 'rate_limited', { 'retry-after': '30' }));
    const stop = new AbortController();
    const call = client(url).me({ signal: stop.signal });
    while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('reads an answer that is no problem document as unknown', async () => {
    const { url } = await serve((response) => void response.writeHead(418, { 'x-request-id': 'req_9' }).end('<html>'));
    await expect(client(url).me()).rejects.toMatchObject({ code: 'unknown', status: 418, requestId: 'req_9' });
  });

  it('iterates over all pages of a list', async () => {
    const { url, received } = await serve(
      json(200, { data: [{ name: 'a' }, { name: 'b' }], nextCursor: 'n&1', totalEstimate: 3 }),
      json(200, { data: [{ name: 'c' }], nextCursor: null, totalEstimate: 3 }),
    );
    const names: string[] = [];
    for await (const model of client(url).models.list({ limit: 2 })) names.push(model.name);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(received.map((one) => one.url)).toEqual(['/api/v1/models?limit=2', '/api/v1/models?limit=2&cursor=n%261']);
  });

  it('waits for a job through answers that it has not ended', async () => {
    const pending = { id: 'job_1', state: 'running', progress: { ratio: 0.5, message: 'half' } };
    const { url } = await serve(json(404, pending, { 'retry-after': '1' }), json(200, job));
    const heard: number[] = [];
    const ended = await client(url).jobs.wait('job_1', { onProgress: ({ ratio }) => heard.push(ratio) });
    expect([ended.state, heard]).toEqual(['succeeded', [0.5]]);
  });

  it('takes up a broken event stream after the last event, and passes over pings and repeats', async () => {
    const event = (seq: number, type: string): string => `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ seq, type, data: {} })}\n\n`;
    const { url, received } = await serve(
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`${event(1, 'state')}${event(2, 'log')}id: 2\nevent: ping\ndata: {}\n\n${event(3, 'log').slice(0, 20)}`, () =>
          response.destroy(),
        );
      },
      (response) => void response.writeHead(200).end(event(2, 'log') + event(3, 'log') + event(4, 'done')),
    );
    const seen: number[] = [];
    for await (const { seq } of client(url).jobs.events('job_1')) seen.push(seq);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(received[1]?.headers['last-event-id']).toBe('2');
  });

  it('asks for a prediction with the rows and what was wanted', async () => {
    const { url, received } = await serve(json(200, { predictions: [] }));
    await client(url).endpoints.predict('a b', [{ x: 1 }], { stickyKey: 'u-1' });
    expect(received[0]?.url).toBe('/api/v1/endpoints/a%20b/predict');
    expect(JSON.parse(String(received[0]?.body))).toEqual({ instances: [{ x: 1 }], options: { stickyKey: 'u-1' } });
  });
});

describe(Datasets.name, () => {
  it('sends a small table as one form', async () => {
    const { url, received } = await serve(json(202, job));
    await client(url).datasets.push('orders', new Blob(['a,b\n1,2\n']), { fileName: 'o.csv' });
    expect(received[0]?.headers['content-type']).toContain('multipart/form-data');
    expect(String(received[0]?.body)).toContain('filename="o.csv"');
    expect(String(received[0]?.body)).toContain('a,b\n1,2');
  });

  it('does not send a form twice after a lost connection', async () => {
    const { url, received } = await serve(hangUp, json(202, job));
    await expect(client(url).datasets.push('orders', new Blob(['a']))).rejects.toBeInstanceOf(ConnectionError);
    expect(received).toHaveLength(1);
  });

  it('sends a large one in parts with the digest of each', async () => {
    const { url, received } = await serve(json(201, { id: 'upl_1', partSizeBytes: 4 }), json(200, {}), json(200, {}), json(202, job));
    const datasets = new Datasets(new Transport({ url, apiKey: 'k', firstPauseMs: 1 }), 5);
    await datasets.push('orders', new Blob(['abcdef']));
    expect(received.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/uploads',
      'PUT /api/v1/uploads/upl_1/parts/1',
      'PUT /api/v1/uploads/upl_1/parts/2',
      'POST /api/v1/uploads/upl_1/complete',
    ]);
    for (const [index, text] of ['abcd', 'ef'].entries()) {
      const part = received[index + 1];
      expect(String(part?.body)).toBe(text);
      expect(part?.headers['content-digest']).toBe(`sha-256=:${createHash('sha256').update(text).digest('base64')}:`);
    }
  });

  it('takes a stream', async () => {
    const { url, received } = await serve(json(202, job));
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('x,y\n');
      yield new TextEncoder().encode('3,4\n');
    }
    await client(url).datasets.push('s', chunks());
    expect(String(received[0]?.body)).toContain('x,y\n3,4\n');
  });
});
