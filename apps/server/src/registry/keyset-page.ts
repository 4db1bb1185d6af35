import { problem } from '../platform/http/problem.js';

/** A list query of the registry and of serving, after validation. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort?: string | undefined;
  readonly q?: string | undefined;
}

/** Where a page starts and how it runs. Ids sort by time, so `createdAt` is the id; names are unique. */
export interface Keyset {
  readonly key: 'id' | 'name';
  readonly order: 'asc' | 'desc';
  readonly where: Record<string, unknown>;
}

const sorts: Readonly<Record<string, Pick<Keyset, 'key' | 'order'>>> = {
  createdAt: { key: 'id', order: 'asc' },
  '-createdAt': { key: 'id', order: 'desc' },
  name: { key: 'name', order: 'asc' },
  '-name': { key: 'name', order: 'desc' },
};

/** Reads sort, cursor and search of a list of named things. @throws `invalid_sort`, `invalid_cursor` */
export function keysetOf(query: PageQuery): Keyset {
  const sort = sorts[query.sort ?? '-createdAt'];
  if (!sort) throw problem('invalid_sort', { detail: `Sort by one of ${Object.keys(sorts).join(', ')}.` });
  const where: Record<string, unknown> = {};
  if (query.q) where['$or'] = [{ name: { $ilike: like(query.q) } }, { description: { $ilike: like(query.q) } }];
  if (query.cursor !== undefined) {
    const [key, value] = readCursor(query.cursor);
    if (key !== sort.key || value === undefined) throw problem('invalid_cursor', { detail: 'The cursor belongs to another order.' });
    where[sort.key] = sort.order === 'asc' ? { $gt: value } : { $lt: value };
  }
  return { ...sort, where };
}

/** Cuts `limit + 1` fetched rows to a page. */
export function cutPage<Row extends { id: string; name: string }>(rows: readonly Row[], limit: number, keyset: Keyset) {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const nextCursor = rows.length > limit && last ? Buffer.from(`${keyset.key}\n${last[keyset.key]}`).toString('base64url') : null;
  return { data, nextCursor };
}

function like(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

function readCursor(cursor: string): string[] {
  const parts = Buffer.from(cursor, 'base64url').toString('utf8').split('\n');
  if (parts.length !== 2) throw problem('invalid_cursor');
  return parts;
}
