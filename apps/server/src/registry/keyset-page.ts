import { problem } from '../platform/http/problem.js';

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort?: string | undefined;
  readonly q?: string | undefined;
}
interface ModelKey {
  readonly id: string;
  readonly name: string;
}
/** Where a page of models starts, and in which order it goes. */
export interface Keyset {
  readonly where: Record<string, unknown>;
  readonly key: 'name' | 'id';
  readonly order: 'asc' | 'desc';
}

/** Models sort by name or by the time they were made, which their ids grow with. */
export function keysetOf(query: PageQuery): Keyset {
  const sort = query.sort ?? 'name';
  const descending = sort.startsWith('-');
  const property = descending ? sort.slice(1) : sort;
  if (property !== 'name' && property !== 'createdAt')
    throw problem('invalid_sort', { detail: 'Models sort by name or createdAt, with a - for descending.' });
  const key = property === 'name' ? 'name' : 'id';
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, sort);
  return {
    key,
    order: descending ? 'desc' : 'asc',
    where: {
      ...(after === undefined ? {} : { [key]: { [descending ? '$lt' : '$gt']: after } }),
      ...(query.q
        ? {
            name: {
              ...(after !== undefined && key === 'name' ? { [descending ? '$lt' : '$gt']: after } : {}),
              $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%`,
            },
          }
        : {}),
    },
  };
}

/** Cuts rows that were read with one more than the limit. */
export function cutPage<Row extends ModelKey>(
  rows: readonly Row[],
  limit: number,
  keyset: Keyset,
): { data: Row[]; nextCursor: string | null } {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  if (rows.length <= limit || !last) return { data, nextCursor: null };
  const sort = `${keyset.order === 'desc' ? '-' : ''}${keyset.key === 'name' ? 'name' : 'createdAt'}`;
  return { data, nextCursor: Buffer.from(JSON.stringify([sort, last[keyset.key]])).toString('base64url') };
}

function readCursor(cursor: string, sort: string): string {
  const refusal = () => problem('invalid_cursor', { detail: 'Take the cursor from nextCursor of the page before, with the same sort.' });
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw refusal();
  }
  if (!Array.isArray(parsed) || parsed[0] !== sort || typeof parsed[1] !== 'string') throw refusal();
  return parsed[1];
}
