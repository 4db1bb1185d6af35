import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 12;
const secretLength = 43;
const checkLength = 6;

/** What a well-formed key says: whose it claims to be, and the digest of the secret. */
export interface PresentedKey {
  readonly publicId: string;
  readonly secretHash: Buffer;
}

function toBase62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; rest > 0n; rest /= 62n) text = alphabet.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}

/** CRC-32 of the text in base62: tells a typing mistake or a cut key from a real one without a look into the database. */
export const checkOf = (text: string): string => toBase62(BigInt(crc32(text)), checkLength);

export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** 71 random bits that fit into 12 base62 characters. */
export function newPublicId(): string {
  return toBase62(BigInt(`0x${randomBytes(9).toString('hex')}`) & ((1n << 71n) - 1n), idLength);
}

/** A new secret of 256 random bits for a key, and the whole key as its owner sees it once. */
export function newSecret(publicId: string): { readonly key: string; readonly secretHash: Buffer; readonly lastFour: string } {
  // 62^43 is more than 2^256, so 43 characters hold every value.
  const secret = toBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), secretLength);
  const start = `crs_${publicId}_${secret}`;
  const key = start + checkOf(start);
  return { key, secretHash: hashSecret(secret), lastFour: key.slice(-4) };
}

/** Reads a key; null when it is not one. */
export function parseKey(text: string): PresentedKey | null {
  const match = /^crs_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(text);
  if (!match) return null;
  const [, publicId = '', secret = '', check] = match;
  return checkOf(`crs_${publicId}_${secret}`) === check ? { publicId, secretHash: hashSecret(secret) } : null;
}
