import { simpleParser, type ParsedMail } from 'mailparser';
import { generate } from 'selfsigned';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** What came with one mail. */
export interface Delivered {
  readonly mail: ParsedMail;
  readonly from: string;
  readonly to: readonly string[];
  readonly user: unknown;
  readonly secure: boolean;
}
export type MailServerOptions = SMTPServerOptions;
/** Makes an error that the server answers with a reply code. */
export const reply = (code: number, words: string): Error => Object.assign(new Error(words), { responseCode: code });

/** A certificate for 127.0.0.1 and its key. */
export async function aCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { cert, key };
}

/** A real SMTP server on a random port; it knows the user crisol with the password right. */
export async function startMailServer(options: SMTPServerOptions = {}) {
  const delivered: Delivered[] = [];
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'crisol' && password === 'right'
        ? done(null, { user: username })
        : done(reply(535, 'Authentication credentials invalid')),
    onData(stream, session, done) {
      simpleParser(stream).then(
        (mail) => {
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom === false ? '' : mailFrom.address;
          delivered.push({ mail, from, to: rcptTo.map(({ address }) => address), user: session.user, secure: session.secure });
          done();
        },
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
    ...options,
  });
  // A client that refuses the certificate hangs up, which is no fault of this server.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => listening.once('listening', () => resolve()));
  const address = listening.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    delivered,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
export type TestMailServer = Awaited<ReturnType<typeof startMailServer>>;
