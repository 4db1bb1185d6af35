import type { EntityManager } from '@mikro-orm/postgresql';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { problem } from '../http/problem.js';

const signingKeys = new WeakMap<object, Buffer>();
const signatureLength = 32;

/** What signs cursors, so that what comes back is what went out. It is the installation's, so every process reads every cursor. */
export async function installationKey(em: EntityManager): Promise<Buffer> {
  // A driver stands for one database.
  const driver = em.getDriver();
  let key = signingKeys.get(driver);
  if (!key) {
    const [row] = await em.execute<{ secret: string }[]>('select cursor_secret as secret from installation');
    if (!row) throw problem('internal_error', { cause: 'The table installation has lost its row.' });
    key = Buffer.from(row.secret, 'hex');
    signingKeys.set(driver, key);
  }
  return key;
}

export function signCursor(content: unknown, key: Buffer): string {
  const payload = JSON.stringify(content);
  return Buffer.from(payload + sign(payload, key)).toString('base64url');
}

/** What was signed; undefined when it was not signed here. */
export function readSignedCursor(cursor: string, key: Buffer): unknown {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const payload = text.slice(0, -signatureLength);
  const signature = Buffer.from(text.slice(-signatureLength));
  const expected = Buffer.from(sign(payload, key));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined;
  const content: unknown = JSON.parse(payload);
  return content;
}

function sign(payload: string, key: Buffer): string {
  return createHmac('sha256', key).update(payload).digest('hex').slice(0, signatureLength);
}
