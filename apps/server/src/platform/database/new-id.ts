import { formatId, type IdPrefix } from '@crisol/contracts';
import { randomFillSync } from 'node:crypto';

/** Random bytes for some hundred ids at once: asking the system for each id costs more than the rest of it. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** A new id: a UUIDv7 (RFC 9562), so that ids sort by the time they were made. */
export function newId(prefix: IdPrefix, now = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + 16));
  used += 16;
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return formatId(prefix, `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
}
