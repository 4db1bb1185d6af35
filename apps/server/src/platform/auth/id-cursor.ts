import { parseId, type IdPrefix } from '@crisol/contracts';
import { problem } from '../http/problem.js';

/** The id after which a page goes on; it names a row of the list and nothing else, so a forged one gives nothing away. */
export function decodeCursor(prefix: IdPrefix, cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (parseId(prefix, id) === undefined) throw problem('invalid_cursor', { detail: 'Take the cursor from nextCursor of the page before.' });
  return id;
}

/** Makes a page of rows that were read with a limit of one more than asked for. */
export function pageOfRows<Row extends { readonly id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): { data: Item[]; nextCursor: string | null; totalEstimate: number | null } {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { data: shown.map(toItem), nextCursor: last ? Buffer.from(last.id, 'latin1').toString('base64url') : null, totalEstimate: null };
}
