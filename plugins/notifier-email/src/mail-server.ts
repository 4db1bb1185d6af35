import { PluginError } from '@crisol/plugin-api';
import { createTransport } from 'nodemailer';
import { mailError } from './mail-error.js';
import type { EmailSettings } from './email.settings.js';
import type { Mail } from './mail-of.js';

const TIMEOUT_MS = 10_000;

/** How a mail left. */
export interface Posted {
  readonly reference: string;
  /** Receivers that the server did not take while it took others. */
  readonly refused: readonly string[];
}
/** The mail server of the settings. */
export interface MailServer {
  /** Domain of the sender. */
  readonly domain: string;
  post(mail: Mail, signal: AbortSignal): Promise<Posted>;
  check(signal: AbortSignal): Promise<{ readonly message: string }>;
  close(): void;
}

/** Reaches a mail server by SMTP, with a connection of its own for each mail: nothing is open between two of them. */
export function openMailServer(settings: EmailSettings): MailServer {
  const { host, port, security, authority, user, password, from, fromName } = settings;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
    ...(authority !== undefined && { tls: { ca: authority } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // Nothing that stands in a mail makes this process read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    domain: from.slice(from.lastIndexOf('@') + 1),
    async post({ to, ...mail }, signal) {
      try {
        const sent = await transport.sendMail({
          ...mail,
          from: { name: fromName, address: from },
          to: [...to],
          // RFC 3834: no out-of-office note answers a machine.
          headers: { 'auto-submitted': 'auto-generated' },
          signal,
        });
        return { reference: mail.messageId, refused: sent.rejected };
      } catch (error) {
        throw mailError(error);
      }
    },
    async check(signal) {
      try {
        await unlessAborted(transport.verify(), signal);
      } catch (error) {
        throw mailError(error);
      }
      const how = security === 'none' ? 'without encryption' : security === 'tls' ? 'with TLS' : 'with STARTTLS';
      return { message: `${host}:${port} answers ${how}${user === undefined ? '' : ` and knows ${user}`}.` };
    },
    close: () => transport.close(),
  };
}

/** `verify` takes no signal; its own time limits end it soon after nobody waits any more. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(new PluginError('retry', 'The check was given up.'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
