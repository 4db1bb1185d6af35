import type { EntityManager } from '@mikro-orm/postgresql';

/** Bytes of all artifacts of experiments, by experiment number: their runs' and their logged models' files. */
export async function artifactBytes(em: EntityManager, numbers: readonly number[]): Promise<Map<number, number>> {
  if (numbers.length === 0) return new Map();
  // Paths begin with the number and a slash; the character after the slash ends the range.
  const rows = await em.execute<{ number: string; bytes: string }[]>(
    `select n.number, coalesce(sum(f.size_bytes), 0) as bytes from unnest(array[?]::bigint[]) as n (number)
     left join artifact_file f on f.path >= n.number || '/' and f.path < n.number || '0' group by 1`,
    [[...numbers]],
  );
  return new Map(rows.map((row) => [Number(row.number), Number(row.bytes)]));
}
