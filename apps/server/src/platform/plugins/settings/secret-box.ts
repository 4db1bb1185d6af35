import { Injectable } from '@nestjs/common';
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '../../config/config.js';
import { problem } from '../../http/problem.js';
import { hasCode } from '../has-code.js';

/** A text encrypted with a key of its own, which the master key wraps. All base64. */
export interface SealedText {
  readonly master: string;
  readonly key: string;
  readonly text: string;
}

const FILE = 'master.key';

/**
 * Encrypts secrets at rest: AES-256-GCM, one key for each record, wrapped by the master key: that of the settings, which all
 * machines of an installation share, or else one in the data folder (0600).
 */
@Injectable()
export class SecretBox {
  private readonly master: Buffer;
  private readonly masterId: string;

  constructor(config: Config) {
    this.master = config.masterKey ? Buffer.from(config.masterKey, 'base64') : readOrMakeKey(config.dataFolder);
    this.masterId = createHash('sha256').update(this.master).digest('hex').slice(0, 12);
  }

  /** @param purpose - what the text belongs to; it must be the same when the text is opened */
  seal(text: string, purpose: string): SealedText {
    const key = randomBytes(32);
    return { master: this.masterId, key: encrypt(this.master, key, purpose), text: encrypt(key, Buffer.from(text), purpose) };
  }

  /** A keyed digest: whoever cannot read the master key cannot make another text fit it. */
  sign(text: string, purpose: string): string {
    return createHmac('sha256', this.master).update(`${purpose}\0`).update(text).digest('base64');
  }

  /** Whether it was sealed with this master key. */
  isOurs(sealed: SealedText): boolean {
    return sealed.master === this.masterId;
  }

  open(sealed: SealedText, purpose: string): string {
    if (!this.isOurs(sealed)) {
      throw problem('internal_error', {
        cause: new Error(`A secret was sealed with master key ${sealed.master}; this is ${this.masterId}.`),
      });
    }
    return decrypt(decrypt(this.master, sealed.key, purpose), sealed.text, purpose).toString();
  }
}

function encrypt(key: Buffer, plain: Buffer, purpose: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

function decrypt(key: Buffer, sealed: string, purpose: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64');
  const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(purpose));
  cipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]);
}

function readOrMakeKey(folder: string): Buffer {
  const file = join(folder, FILE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, `.${FILE}-${randomBytes(6).toString('hex')}`);
  writeFileSync(fresh, randomBytes(32).toString('base64'), { mode: 0o600, flush: true });
  chmodSync(fresh, 0o600);
  try {
    // A link is made whole or not at all, so processes that start together agree on one key.
    linkSync(fresh, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(fresh);
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw problem('internal_error', { cause: new Error(`${file} may be read by others; set its mode to 0600.`) });
  }
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
}
