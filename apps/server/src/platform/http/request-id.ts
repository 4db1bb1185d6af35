import { newId } from '../database/new-id.js';

const acceptable = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's `X-Request-Id` when it is well formed, else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && acceptable.test(header) ? header : newId('req');
}
