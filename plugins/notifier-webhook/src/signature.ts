import { createHmac } from 'node:crypto';
import { keyBytes } from './webhook.settings.js';

/** The `webhook-signature` header of Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body`. */
export function signature(signingKey: string, id: string, seconds: number, body: string): string {
  return `v1,${createHmac('sha256', keyBytes(signingKey)).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}
