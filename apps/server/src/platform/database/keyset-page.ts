import type { EntityManager, EntityName, FilterQuery } from '@mikro-orm/postgresql';
import { problem } from '../http/problem.js';
import { installationKey, readSignedCursor, signCursor } from './signed-cursor.js';

interface Listable {
  readonly id: string;
}
export interface KeysetRequest<Row extends Listable> {
  readonly where: FilterQuery<Row>;
  readonly query: { readonly limit: number; readonly cursor?: string | undefined; readonly sort?: string | undefined };
  /** Sort names of the API and the properties behind them. */
  readonly sorts: Readonly<Record<string, string>>;
  /** With a `-` for descending. */
  readonly defaultSort: string;
}
export interface KeysetPage<Row> {
  readonly rows: Row[];
  readonly rest: { readonly nextCursor: string | null; readonly totalEstimate: number | null };
}

/**
 * One page of a list, by key and never by offset: it starts after the last row of the page before, with the id as the
 * tie-breaker, so rows that come or go in between are neither repeated nor skipped.
 */
export async function keysetPage<Row extends Listable>(
  em: EntityManager,
  entity: EntityName<Row>,
  request: KeysetRequest<Row>,
): Promise<KeysetPage<Row>> {
  const sort = request.query.sort ?? request.defaultSort;
  const descending = sort.startsWith('-');
  const name = descending ? sort.slice(1) : sort;
  const property = Object.hasOwn(request.sorts, name) ? request.sorts[name] : undefined;
  if (property === undefined)
    throw problem('invalid_sort', { detail: `This list sorts by ${Object.keys(request.sorts).join(', ')}, with a - for descending.` });
  const key = await installationKey(em);
  const after = request.query.cursor === undefined ? undefined : readCursor(request.query.cursor, sort, key);
  const direction = descending ? 'desc' : 'asc';
  const operator = descending ? '$lt' : '$gt';
  const beyond = after && { $or: [{ [property]: { [operator]: after.value } }, { [property]: after.value, id: { [operator]: after.id } }] };
  // The ORM's filter types cannot follow a property whose name is only known here.
  const where = (beyond ? { $and: [request.where, beyond] } : request.where) as FilterQuery<Row>;
  // Nor can its order types.
  const orderBy = { [property]: direction, id: direction } as never;
  const found = await em.find(entity, where, { orderBy, limit: request.query.limit + 1 });
  const total = await em.count(entity, request.where);
  // The ORM's Loaded<Row> is a Row whose relations are known.
  const rows: Row[] = found.slice(0, request.query.limit).map((row) => row as Row);
  const last = rows.at(-1);
  const nextCursor = found.length > request.query.limit && last ? writeCursor(sort, Reflect.get(last, property), last.id, key) : null;
  return { rows, rest: { nextCursor, totalEstimate: total } };
}

function writeCursor(sort: string, value: unknown, id: string, key: Buffer): string {
  return signCursor([sort, value instanceof Date ? { date: value.toISOString() } : value, id], key);
}

function readCursor(cursor: string, sort: string, key: Buffer): { value: unknown; id: string } {
  const parsed = readSignedCursor(cursor, key);
  if (!Array.isArray(parsed) || parsed[0] !== sort)
    throw problem('invalid_cursor', { detail: 'Take the cursor from nextCursor of the page before, with the same sort.' });
  const value: unknown = parsed[1];
  const isDate = typeof value === 'object' && value !== null && 'date' in value;
  return { value: isDate ? new Date(String(value.date)) : value, id: String(parsed[2]) };
}
