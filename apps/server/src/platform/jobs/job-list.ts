import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobListQuery } from '@crisol/contracts';
import { parseId } from '@crisol/contracts';
import { problem } from '../http/problem.js';
import { jobColumns, type JobRow } from './job-row.js';

/** Ids grow with time, so the last id of a page is where the next begins. */
export async function listJobs(
  em: EntityManager,
  kinds: readonly string[],
  query: JobListQuery,
): Promise<{ rows: readonly JobRow[]; nextCursor: string | null; totalEstimate: number }> {
  const oldestFirst = query.sort === 'createdAt';
  if (query.sort !== undefined && !oldestFirst && query.sort !== '-createdAt')
    throw problem('invalid_sort', { detail: 'Jobs sort by createdAt or -createdAt.' });
  const after = query.cursor === undefined ? null : readCursor(query.cursor, oldestFirst);

  const conditions = ['kind = any(array[?]::text[])'];
  const values: unknown[] = [[...kinds]];
  if (query.kind) {
    conditions.push('kind = ?');
    values.push(query.kind);
  }
  if (query.state) {
    conditions.push('state = ?');
    values.push(query.state);
  }
  if (query.q) {
    conditions.push('strpos(lower(name), lower(?)) > 0');
    values.push(query.q);
  }
  const where = conditions.join(' and ');
  const [total] = await em.execute<{ count: number }[]>(`select count(*)::int as count from job where ${where}`, values);
  const rows = await em.execute<JobRow[]>(
    `select ${jobColumns} from job where ${where} ${after ? `and id ${oldestFirst ? '>' : '<'} ?` : ''}
      order by id ${oldestFirst ? 'asc' : 'desc'} limit ?`,
    [...values, ...(after ? [after] : []), query.limit + 1],
  );
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    rows: page,
    nextCursor: rows.length > query.limit && last ? writeCursor(last.id, oldestFirst) : null,
    totalEstimate: total?.count ?? 0,
  };
}

/** Nothing in it is trusted: it is read as an id and a direction, and both are checked. */
function writeCursor(id: string, oldestFirst: boolean): string {
  return Buffer.from(`${oldestFirst ? 'a' : 'd'}${id}`).toString('base64url');
}

function readCursor(cursor: string, oldestFirst: boolean): string {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const id = text.slice(1);
  if (text[0] !== (oldestFirst ? 'a' : 'd') || parseId('job', id) === undefined)
    throw problem('invalid_cursor', { detail: 'Use nextCursor of the page before, with the same sort.' });
  return id;
}
