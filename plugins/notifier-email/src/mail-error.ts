import { isPluginError, PluginError } from '@crisol/plugin-api';
import { isNativeError } from 'node:util/types';

/** Faults that no second attempt mends: wrong settings, a mail that the server cannot take at all. */
const forGood: ReadonlySet<unknown> = new Set(['EAUTH', 'ECONFIG', 'EENVELOPE', 'EREQUIRETLS', 'ENOAUTH', 'EOAUTH2']);

/**
 * Says what a failure of nodemailer means. A reply code decides where there is one (RFC 5321: 4xx passes, 5xx stays);
 * without one, everything about the connection passes.
 */
export function mailError(error: unknown): PluginError {
  if (isPluginError(error)) return error;
  if (!isNativeError(error)) return new PluginError('internal', `The mail library threw ${String(error)}.`);
  const code = 'code' in error ? error.code : undefined;
  const reply = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined;
  const words = error.message.replaceAll(/\s+/g, ' ').slice(0, 300);
  if (error.name === 'AbortError') return new PluginError('retry', 'The mail was given up.', { cause: error });
  if (reply !== undefined) return new PluginError(reply >= 500 ? 'rejected' : 'retry', `The mail server said: ${words}`, { cause: error });
  if (forGood.has(code)) return new PluginError('rejected', words, { cause: error });
  return new PluginError('retry', `The mail server could not be used: ${words}`, { cause: error });
}
