import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApiClient, BuiltServer, freePort, readJson, repositoryRoot, waitUntil } from './built-server.js';

const run = promisify(execFile);
const signingKey = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

describe('the path from a CSV to a prediction, by curl alone', () => {
  let server: BuiltServer;
  let client: ApiClient;
  let receiver: Server;
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  let hookUrl: string;

  beforeAll(async () => {
    const port = await freePort();
    hookUrl = `http://127.0.0.1:${port}/hook`;
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    }).listen(port, '127.0.0.1');
    server = await BuiltServer.start({ environment: { CRISOL_ALLOW_PRIVATE_ADDRESSES: 'true' } });
    client = await ApiClient.bootstrap(server);
  }, 90_000);

  afterAll(async () => {
    receiver.close();
    await server.remove();
  }, 60_000);

  it('walks all of it and prints a prediction', async () => {
    const { stdout } = await run('bash', [join(repositoryRoot, 'examples', 'quickstart.sh')], {
      env: {
        PATH: process.env['PATH'],
        CRISOL_URL: server.url,
        CRISOL_API_KEY: client.key,
        CRISOL_WEBHOOK_URL: hookUrl,
        CRISOL_WEBHOOK_KEY: signingKey,
      },
    });
    const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(answer).toMatchObject({
      endpoint: 'penguins',
      variant: 'champion',
      modelVersion: { model: 'penguins', version: 1 },
      partial: false,
    });
    expect(answer.predictions[0].value).toBe('Gentoo');
    expect(answer.predictions[0].confidence).toBeGreaterThan(0.8);
    expect(stdout).toContain('admitted');
  }, 120_000);

  it('told the webhook, signed', async () => {
    await waitUntil(() => received.some(({ body }) => JSON.parse(body).data.kind === 'model.train'), 20_000);
    const told = received.find(({ body }) => JSON.parse(body).data.kind === 'model.train');
    const { headers, body } = told ?? { headers: {}, body: '' };
    const key = Buffer.from(signingKey.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key)
      .update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`)
      .digest('base64');
    expect(timingSafeEqual(Buffer.from(String(headers['webhook-signature'])), Buffer.from(`v1,${expected}`))).toBe(true);
    expect(JSON.parse(body).type).toBe('job.finished');
  });

  it('names the field and the row of what cannot be predicted', async () => {
    const answer = await fetch(`${server.url}/api/v1/endpoints/penguins/predict`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ instances: [{ bill_length_mm: 'long', island: 'Biscoe' }, { wings: 2 }] }),
    });
    const body = await readJson(answer);
    expect([answer.status, body.code]).toEqual([422, 'all_rows_invalid']);
    expect(body.errors.map((issue: { pointer: string }) => issue.pointer)).toEqual(
      expect.arrayContaining(['/instances/0/bill_length_mm', '/instances/1/wings']),
    );
  });

  it('refuses a key that lacks the scope, and names it', async () => {
    const { secret } = await client.call('POST', 'keys', { name: 'reader', scopes: ['datasets:read'] });
    const answer = await fetch(`${server.url}/api/v1/endpoints/penguins/predict`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: '{"instances":[{}]}',
    });
    const body = await readJson(answer);
    expect([answer.status, body.code]).toEqual([403, 'missing_scope']);
    expect(body.detail).toContain('endpoints:predict');
  });

  it.each([
    ['ragged.csv', 'a,b\n1,2\n3\n4,5,6\n'.repeat(5), 'file_ragged'],
    ['empty.csv', '', 'file_empty'],
    ['utf16.csv', new Uint8Array(Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')), 'file_encoding'],
    ['model.pkl', new Uint8Array(Buffer.from('80049503000000000000008c0161942e', 'hex')), 'file_format'],
  ])('refuses %s with a reason', async (file, content, code) => {
    const job = await client.upload('broken', file, content);
    expect([job.state, job.error?.code]).toEqual(['failed', code]);
    expect(job.error.detail.length).toBeGreaterThan(20);
  });

  it('moves all traffic to another version without a failed request', async () => {
    const trained = await client.finished(
      (
        await client.call('POST', 'jobs', {
          kind: 'model.train',
          input: { dataset: 'penguins', target: 'species', modelType: 'linear', register: { model: 'penguins' } },
        })
      ).id,
    );
    const version = Number(trained.outputs.version);
    await waitUntil(async () => (await client.call('GET', `models/penguins/versions/${version}`)).admission.state === 'admitted', 20_000);
    const versions = new Map<number, number>();
    const failures: string[] = [];
    let done = false;
    const callers = Array.from({ length: 4 }, async () => {
      while (!done) {
        try {
          const answer = await client.call('POST', 'endpoints/penguins/predict', {
            instances: [{ bill_length_mm: 46, island: 'Biscoe', year: 2008 }],
          });
          versions.set(answer.modelVersion.version, (versions.get(answer.modelVersion.version) ?? 0) + 1);
        } catch (error) {
          failures.push(String(error));
          if (failures.length > 20) return;
        }
      }
    });
    try {
      await waitUntil(() => (versions.get(1) ?? 0) > 20, 10_000);
      const alias = (await client.call('GET', 'models/penguins')).aliases;
      expect(alias.champion).toBe(1);
      await client.call('PUT', 'models/penguins/aliases/champion', { version, comment: 'simpler' }, { 'if-match': '*' });
      await waitUntil(() => (versions.get(version) ?? 0) > 20, 10_000);
    } finally {
      done = true;
    }
    await Promise.all(callers);
    expect(failures).toEqual([]);
  }, 90_000);

  it('stops cleanly when told to', async () => {
    expect(await server.stop()).toBe(0);
  }, 40_000);
});
