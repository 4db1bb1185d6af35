import { z } from 'zod';

/** Prefixes of the ids of each kind of object. */
export const idPrefixes = [
  'ds',
  'dsv',
  'sui',
  'val',
  'ent',
  'fv',
  'fs',
  'exp',
  'run',
  'std',
  'trl',
  'mdl',
  'ver',
  'ep',
  'mon',
  'alr',
  'ch',
  'pl',
  'plr',
  'job',
  'upl',
  'plg',
  'whk',
  'key',
  'usr',
  'req',
  'evt',
  'dlv',
  'gat',
  'jdg',
  'apr',
  'cmp',
  'viw',
] as const;
export type IdPrefix = (typeof idPrefixes)[number];

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Formats a UUID as a Crisol id: the prefix, `_`, and the 128 bits as 26 lower-case Crockford base32 characters.
 * @example formatId('mdl', '01920000-0000-7000-8000-000000000001') === 'mdl_01j8000000e008000000000001'
 */
export function formatId(prefix: IdPrefix, uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = alphabet.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** Reads a Crisol id back into its UUID; `undefined` when the text is not an id with that prefix. */
export function parseId(prefix: IdPrefix, id: string): string | undefined {
  if (!id.startsWith(`${prefix}_`) || id.length !== prefix.length + 27) return undefined;
  let value = 0n;
  for (const character of id.slice(prefix.length + 1)) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  if (value >> 128n) return undefined;
  const hex = value.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Whether the text is shaped like an id of any kind. Such texts may not be names. */
export function looksLikeId(text: string): boolean {
  return /^[a-z]{2,3}_[0-9a-hjkmnp-tv-z]{26}$/.test(text);
}

/** A schema for ids of one kind. */
export const id = (prefix: IdPrefix) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`), `must be an id such as ${prefix}_01j8000000e008000000000001`);

/** Name of an object: 1 to 128 characters, none of `/ : @ % \` or controls, not shaped like an id. */
export const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^/:@%\\\u0000-\u001f\u007f]+$/, 'may not hold / : @ % \\ or control characters')
  .refine((name) => !looksLikeId(name), 'may not look like an id')
  .refine((name) => name.trim() === name, 'may not start or end with a space');
