import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { GuardedHttpClient, type HttpGuardOptions } from './guarded-http-client.js';

/** Ways to write an address inside the house, none of which may be called. `PORT` becomes the canary's port. */
const loopback = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '017700000001',
  '0177.1',
  '127.0.0.1.',
  '0',
  '0.0.0.0',
  '00000000',
  '0x0',
  '127.255.255.254',
  '127.0.0.0x1',
  '１２７.０.０.１',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  'localhost',
  'localhost.',
  'LOCALHOST',
  'lOcAlHoSt',
  'ⓛocalhost',
  'localhoﬆ',
  'ｌｏｃａｌｈｏｓｔ',
  'local%68ost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::0001]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::]',
  '[0::0]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:7F00:0001]',
  '[0:0:0:0:0:ffff:127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[::ffff:0.0.0.0]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2002:7f00:0001::1]',
  '[::1%25lo]',
  '[::1%lo]',
];
const inside = [
  '10.0.0.1',
  '10.255.255.255',
  '0xa.0.0.1',
  '012.0.0.1',
  '167772161',
  '[::ffff:10.0.0.1]',
  '[64:ff9b::10.0.0.1]',
  '[2002:a00:1::]',
  '100.64.0.1',
  '100.127.255.255',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '[::ffff:169.254.169.254]',
  '[::a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '192.168.1',
  '0300.0250.0.1',
  '3232235521',
  '[::ffff:192.168.0.1]',
  '[2002:c0a8:1::]',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '4294967295',
  '0xffffffff',
  '[fc00::1]',
  '[fd00::1]',
  '[fdff:ffff::1]',
  '[fe80::1]',
  '[fe80::1%25eth0]',
  '[febf::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[ff05::2]',
  '[ff0e::1]',
  '[100::1]',
  '[2001::1]',
  '[2001:0:7f00:1::]',
  '[2001:2::1]',
  '[2001:10::1]',
  '[2001:20::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[4000::1]',
  '[5f00::1]',
  '[1fff::1]',
  '[::2]',
  '[::ffff:ffff:ffff]',
];
const urls = [
  ...[...loopback, ...inside].map((host) => `https://${host}:PORT/`),
  'https://user@127.0.0.1:PORT/',
  'https://user:password@example.com:PORT/',
  'https://example.com:PORT@127.0.0.1/',
  'https://127.0.0.1:PORT#@example.com/',
  'https://127.0.0.1:PORT\\@example.com/',
  'http://127.0.0.1:PORT/',
  'http://example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/',
  'data:text/plain,hello',
  '//127.0.0.1:PORT/',
  'https:127.0.0.1:PORT',
  'https:///127.0.0.1:PORT/',
  'https://example.com:22/',
  'https://example.com:6379/',
  'https://',
  'https://[::1',
  'not a url',
  '',
];

describe(GuardedHttpClient, () => {
  let connections = 0;
  let port = 0;
  const canary = createSocketServer((socket) => {
    connections++;
    socket.destroy();
  });
  const servers: Server[] = [];
  const clients: GuardedHttpClient[] = [];
  const client = (options: Partial<HttpGuardOptions> = {}): GuardedHttpClient => {
    const made = new GuardedHttpClient({ hosts: ['*'], allowPrivateAddresses: false, ...options });
    clients.push(made);
    return made;
  };
  const serve = async (listener: Parameters<typeof createServer>[1]): Promise<number> => {
    const server = createServer({}, listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => canary.listen(0, resolve));
    const address = canary.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterEach(async () => {
    for (const made of clients.splice(0)) await made.close();
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => new Promise((resolve) => canary.close(resolve)));

  it(`refuses every one of ${urls.length} spellings without a connection`, async () => {
    expect(urls.length).toBeGreaterThanOrEqual(120);
    expect(new Set(urls).size).toBe(urls.length);
    // The canary's port is allowed here, so that the address rule alone stands between the two.
    const guarded = client({ ports: [port] });
    const answers = await Promise.all(
      urls.map(async (spelling) => {
        const url = spelling.replace('PORT', String(port));
        const outcome = await guarded.request('GET', url, { timeoutMs: 2_000 }).then(
          () => 'answered',
          (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
        );
        return [url, outcome];
      }),
    );
    expect(answers.filter(([, outcome]) => outcome !== 'refused_address')).toEqual([]);
    expect(connections).toBe(0);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::1%eth0', 'nonsense'])(
    'refuses a name that resolves to %s, and one where only the second address is so',
    async (address) => {
      for (const addresses of [[address], ['8.8.8.8', address]]) {
        const guarded = client({ resolve: () => Promise.resolve(addresses) });
        await expect(guarded.request('GET', 'https://hooks.example.com/')).rejects.toMatchObject({ code: 'refused_address' });
      }
      expect(connections).toBe(0);
    },
  );

  it('asks the name server once and connects to the address it checked, so that rebinding changes nothing', async () => {
    let asked = 0;
    const answering = await serve((request, response) => response.end(request.headers.host));
    const guarded = client({
      allowPrivateAddresses: true,
      resolve: () => Promise.resolve(++asked === 1 ? ['127.0.0.1'] : ['127.0.0.2']),
    });
    const answer = await guarded.request('GET', `http://hooks.example.com:${answering}/`);
    expect(answer.text()).toBe(`hooks.example.com:${answering}`);
    expect(asked).toBe(1);
  });

  it('reaches only hosts that the manifest declares', async () => {
    const guarded = client({ hosts: ['hooks.example.com', '*.example.org'], resolve: () => Promise.resolve(['127.0.0.1']) });
    const refusal = (host: string) => guarded.request('GET', `https://${host}/`).catch((error: unknown) => String(error));
    expect(await refusal('other.example.com')).toContain('does not declare');
    expect(await refusal('example.org')).toContain('does not declare');
    expect(await refusal('evil-example.org')).toContain('does not declare');
    expect(await refusal('hooks.example.com')).toContain('not a public address');
    expect(await refusal('a.example.org')).toContain('not a public address');
  });

  it('does not follow a redirect', async () => {
    const answering = await serve((_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end());
    const answer = await client({ allowPrivateAddresses: true }).request('GET', `http://127.0.0.1:${answering}/`);
    expect(answer.status).toBe(302);
    expect(connections).toBe(0);
  });

  it('stops reading at 64 kB', async () => {
    const answering = await serve((_request, response) => response.end(Buffer.alloc(65_537)));
    const call = client({ allowPrivateAddresses: true }).request('GET', `http://127.0.0.1:${answering}/`);
    await expect(call).rejects.toMatchObject({ code: 'rejected' });
  });

  it('gives up a server that does not answer in time, and one that the caller gives up', async () => {
    const silent = await serve(() => undefined);
    const guarded = client({ allowPrivateAddresses: true });
    const url = `http://127.0.0.1:${silent}/`;
    await expect(guarded.request('GET', url, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'retry' });
    await expect(guarded.request('GET', url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'retry' });
  });

  it('calls an inside receiver over http when the operator allows it', async () => {
    const answering = await serve((request, response) => response.setHeader('x-seen', String(request.headers['x-one'])).end('{"ok":true}'));
    const guarded = client({ allowPrivateAddresses: true });
    const answer = await guarded.request('POST', `http://127.0.0.1:${answering}/`, { body: 'hello', headers: { 'x-one': '1' } });
    expect([answer.status, answer.headers['x-seen'], answer.json()]).toEqual([200, '1', { ok: true }]);
  });
});
