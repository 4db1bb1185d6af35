import type { IncomingHttpHeaders } from 'node:http';
import { parseKey, type PresentedKey } from '../keys/key-format.js';

/** What a request brings as a key: none, one that can be looked up, or something that is no key. */
export type KeyInRequest =
  { readonly kind: 'none' } | { readonly kind: 'key'; readonly key: PresentedKey } | { readonly kind: 'malformed' };

/** Reads the key of `Authorization: Bearer`, `Basic any:key` or `X-API-Key`; never from the URL, which ends up in logs. */
export function keyOf(headers: IncomingHttpHeaders): KeyInRequest {
  const text = presentedText(headers);
  if (text === undefined) return { kind: 'none' };
  const key = parseKey(text);
  return key ? { kind: 'key', key } : { kind: 'malformed' };
}

function presentedText(headers: IncomingHttpHeaders): string | undefined {
  const own = headers['x-api-key'];
  if (typeof own === 'string') return own.trim();
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(/\s+/, 2);
  if (/^bearer$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) {
    const decoded = Buffer.from(value, 'base64').toString('utf8');
    return decoded.slice(decoded.indexOf(':') + 1);
  }
  return headers.authorization === undefined ? undefined : '';
}
