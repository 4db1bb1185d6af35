import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits for a URL or a cookie. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is stored instead of a token. A plain hash is enough: nobody guesses 256 random bits. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The CSRF token of a session: bound to its id, so that nothing has to be stored and another session's does not fit. */
export const csrfTokenOf = (sessionId: string): string => createHmac('sha256', sessionId).update('crisol csrf').digest('base64url');

/** Compares digests of both, so that neither length nor content shows in the time. */
export function equalSecrets(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}
