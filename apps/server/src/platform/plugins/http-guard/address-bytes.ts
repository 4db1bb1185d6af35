import { isIPv4, isIPv6 } from 'node:net';

/** The bytes of an IP address (4 or 16); null when the text is not one in the plain form, zones included. */
export function addressBytes(text: string): Uint8Array | null {
  if (isIPv4(text)) return Uint8Array.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return null;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const groups = dotted?.[1] !== undefined && dotted[2] !== undefined ? `${dotted[1]}${hexGroups(dotted[2])}` : text;
  const [head = '', tail] = groups.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return Uint8Array.from(
    [...left, ...zeros, ...right].flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 255];
    }),
  );
}

function hexGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** Whether `bytes` starts with the first `bits` bits of `prefix`. */
function inBlock(bytes: Uint8Array, prefix: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = (0xff << (8 - Math.min(8, bits - bit))) & 0xff;
    if (((bytes[bit / 8] ?? 0) & mask) !== ((prefix[bit / 8] ?? 0) & mask)) return false;
  }
  return true;
}

/** IPv4 blocks that are not global unicast (IANA special-purpose registry, multicast, reserved). */
const closed4: readonly (readonly [readonly number[], number])[] = [
  [[0], 8],
  [[10], 8],
  [[100, 64], 10],
  [[127], 8],
  [[169, 254], 16],
  [[172, 16], 12],
  [[192, 0, 0], 24],
  [[192, 0, 2], 24],
  [[192, 88, 99], 24],
  [[192, 168], 16],
  [[198, 18], 15],
  [[198, 51, 100], 24],
  [[203, 0, 113], 24],
  [[224], 3],
];
/** Blocks inside 2000::/3 that are not global unicast: protocol assignments with Teredo and ORCHID, and documentation. */
const closed6: readonly (readonly [readonly number[], number])[] = [
  [[0x20, 0x01, 0x00], 23],
  [[0x20, 0x01, 0x0d, 0xb8], 32],
  [[0x3f, 0xff, 0x00], 20],
];

/**
 * Whether the address is global unicast, decided on its bytes. Forms that carry an IPv4 address (IPv4-mapped,
 * IPv4-compatible, NAT64 64:ff9b::/96, 6to4 2002::/16) are judged by the address they carry.
 */
export function isGlobalUnicast(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return !closed4.some(([prefix, bits]) => inBlock(bytes, prefix, bits));
  const carried = carriedAddress(bytes);
  if (carried) return isGlobalUnicast(carried);
  return inBlock(bytes, [0x20], 3) && !closed6.some(([prefix, bits]) => inBlock(bytes, prefix, bits));
}

function carriedAddress(bytes: Uint8Array): Uint8Array | null {
  const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
  const nat64 = [0, 0x64, 0xff, 0x9b];
  if (inBlock(bytes, [], 96) || inBlock(bytes, mapped, 96) || inBlock(bytes, nat64, 96)) return bytes.slice(12);
  return inBlock(bytes, [0x20, 0x02], 16) ? bytes.slice(2, 6) : null;
}
