import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { aMessage, createPluginHarness } from '@crisol/plugin-testing';
import { createServer, type Socket } from 'node:net';
import { aCertificate, reply, startMailServer, type MailServerOptions } from '../test/start-mail-server.js';
import { EmailSettings, EmailTarget } from './email.settings.js';
import plugin from './plugin.js';

const closing: (() => Promise<unknown>)[] = [];
let certificate: Awaited<ReturnType<typeof aCertificate>>;
beforeAll(async () => {
  certificate = await aCertificate();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(options: MailServerOptions = {}) {
  const server = await startMailServer({ ...certificate, ...options });
  closing.push(server.close);
  return server;
}
/** The plugin with a mail server of the test. */
function open(port: number, settings: object = {}, target: object = {}) {
  const { provided, fakes } = createPluginHarness(plugin, {
    settings: { host: '127.0.0.1', port, authority: certificate.cert, from: 'crisol@example.com', ...settings },
  });
  const notifier = provided.notifiers?.[0];
  if (!notifier) throw new Error('there is no notifier');
  const parsed = EmailTarget.parse({ to: ['ada@example.com', 'alan@example.com'], ...target });
  return {
    fakes,
    check: () => provided.check?.(new AbortController().signal),
    preview: () => notifier.preview?.(aMessage(), parsed),
    send: (message = aMessage(), signal = new AbortController().signal) => notifier.send(message, parsed, signal),
  };
}
const signedIn = { user: 'crisol', password: 'right' };

describe('the e-mail notifier', () => {
  it('delivers a mail through STARTTLS, signed in, that a mail reader understands', async () => {
    const { port, delivered } = await serve();
    await expect(open(port, signedIn).send()).resolves.toMatchObject({ reference: `<${aMessage().id}@example.com>` });
    expect(delivered).toHaveLength(1);
    const { mail, ...envelope } = delivered[0] ?? {};
    expect(envelope).toEqual({ from: 'crisol@example.com', to: ['ada@example.com', 'alan@example.com'], user: 'crisol', secure: true });
    expect(mail).toMatchObject({
      subject: 'Training is done',
      messageId: `<${aMessage().id}@example.com>`,
      date: new Date('2026-01-01T00:00:00Z'),
      text: `The job ended as succeeded.\n\n${aMessage().link}`,
      from: { text: '"Crisol" <crisol@example.com>' },
    });
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('sends words of any alphabet unharmed', async () => {
    const { port, delivered } = await serve();
    await open(port).send(aMessage({ title: 'Métrica ≥ 0,9 для модели 模型 🙂', text: 'ñandú\n.\nFrom here' }));
    expect(delivered[0]?.mail).toMatchObject({ subject: 'Métrica ≥ 0,9 для модели 模型 🙂' });
    expect(delivered[0]?.mail.text).toContain('ñandú\n.\nFrom here');
  });

  it('escapes the HTML part whole, and makes a link of nothing but the link of the message', async () => {
    const { port, delivered } = await serve();
    const text = `<img src=x onerror=alert(1)> & "https://evil.example"`;
    await open(port, {}, { textTemplate: '<b>{{text}}</b>\n\n{{link}}' }).send(aMessage({ title: '<script>', text }));
    const html = String(delivered[0]?.mail.html);
    expect(html).toContain('<h3>&lt;script&gt;</h3>');
    expect(html).toContain('&lt;b&gt;&lt;img src=x onerror=alert(1)&gt; &amp; &quot;https://evil.example&quot;&lt;/b&gt;');
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).toContain(`<a href="${aMessage().link}">`);
  });

  it('sends plain text alone where that is wanted', async () => {
    const { port, delivered } = await serve();
    await open(port, {}, { html: false }).send();
    expect(delivered[0]?.mail.html).toBe(false);
  });

  it('lets no line break of a title into the headers', async () => {
    const { port, delivered } = await serve();
    await open(port).send(aMessage({ title: 'Hello\r\nBcc: spy@example.com' }));
    expect(delivered[0]?.mail.subject).toBe('Hello Bcc: spy@example.com');
    expect(delivered[0]?.to).not.toContain('spy@example.com');
    expect(delivered[0]?.mail.headers.has('bcc')).toBe(false);
  });

  it('speaks TLS from the first byte where that is chosen', async () => {
    const { port, delivered } = await serve({ secure: true });
    await open(port, { security: 'tls', ...signedIn }).send();
    expect(delivered[0]).toMatchObject({ user: 'crisol', secure: true });
  });

  it('sends nothing to a server that does not offer STARTTLS', async () => {
    const { port, delivered } = await serve({ disabledCommands: ['STARTTLS'] });
    await expect(open(port).send()).rejects.toMatchObject({ name: 'PluginError' });
    expect(delivered).toEqual([]);
  });

  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    const { port, delivered } = await serve();
    await expect(open(port, { authority: undefined }).send()).rejects.toMatchObject({ code: 'retry' });
    expect(delivered).toEqual([]);
  });

  it('says that a wrong password is for good, without showing it', async () => {
    const { port } = await serve();
    const failed = open(port, { user: 'crisol', password: 'wr0ng-passw0rd' }).send();
    await expect(failed).rejects.toMatchObject({ code: 'rejected', message: expect.stringContaining('535') });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('wr0ng-passw0rd') });
  });

  it.each([
    [450, 'retry'],
    [550, 'rejected'],
  ])('reads a receiver that is refused with %d as %s', async (code, expected) => {
    const { port } = await serve({ onRcptTo: (_address, _session, done) => done(reply(code, 'Mailbox unavailable')) });
    await expect(open(port).send()).rejects.toMatchObject({ code: expected, message: expect.stringContaining(String(code)) });
  });

  it.each([
    [452, 'retry'],
    [554, 'rejected'],
  ])('reads a mail that is refused with %d as %s', async (code, expected) => {
    const { port } = await serve({
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done(reply(code, 'Not now')));
      },
    });
    await expect(open(port).send()).rejects.toMatchObject({ code: expected });
  });

  it('asks for another try when nobody listens', async () => {
    const server = await startMailServer();
    await server.close();
    await expect(open(server.port).send()).rejects.toMatchObject({ code: 'retry' });
  });

  it('counts a mail as delivered that some receivers got, and says who did not', async () => {
    const { port, delivered } = await serve({
      onRcptTo: ({ address }, _session, done) => (address === 'alan@example.com' ? done(reply(550, 'No such user')) : done()),
    });
    const { send, fakes } = open(port);
    await send();
    expect(delivered.map(({ to }) => to)).toEqual([['ada@example.com']]);
    expect(fakes.log.lines).toMatchObject([{ level: 'warn', fields: { refused: ['alan@example.com'] } }]);
  });

  it('ends at once when it is aborted while the server is silent', async () => {
    const sockets: Socket[] = [];
    const abort = new AbortController();
    const silent = createServer((socket) => {
      sockets.push(socket);
      abort.abort();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => silent.close(resolve));
    });
    const address = silent.address();
    const started = performance.now();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(open(port).send(aMessage(), abort.signal)).rejects.toMatchObject({ code: 'retry' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('checks the server and the sign-in without sending', async () => {
    const { port, delivered } = await serve();
    await expect(open(port, signedIn).check()).resolves.toEqual({ message: `127.0.0.1:${port} answers with STARTTLS and knows crisol.` });
    await expect(open(port, { user: 'crisol', password: 'wrong' }).check()).rejects.toMatchObject({ code: 'rejected' });
    expect(delivered).toEqual([]);
  });

  it('shows receivers, subject and text before it sends', () => {
    expect(open(1).preview()).toBe(
      `To: ada@example.com, alan@example.com\nSubject: Training is done\nMessage-ID: <${aMessage().id}@example.com>\n\n` +
        `The job ended as succeeded.\n\n${aMessage().link}\n`,
    );
  });
});

describe('EmailSettings', () => {
  const right = { host: 'smtp.example.com', from: 'crisol@example.com' };
  it.each([
    [{ ...right, user: 'crisol' }],
    [{ ...right, security: 'none', user: 'crisol', password: 'x' }],
    [{ ...right, from: 'nobody' }],
    [{ ...right, fromName: 'a\r\nBcc: b' }],
    [{ ...right, authority: 'not PEM' }],
    [{ ...right, colour: 'red' }],
  ])('refuses %j', (wrong) => {
    expect(EmailSettings.safeParse(right).success).toBe(true);
    expect(EmailSettings.safeParse(wrong).success).toBe(false);
  });
});
