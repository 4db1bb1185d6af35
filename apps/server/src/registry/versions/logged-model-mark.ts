import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';

const tag = 'mlflow.modelVersions';
const Marks = z.array(z.object({ name: z.string(), version: z.union([z.string(), z.number()]) }));

/** Notes in a logged model that it became a version. Clients read this tag and write it back, in Python's spacing. */
export async function markLoggedModel(em: EntityManager, id: string, model: string, version: number): Promise<void> {
  const [row] = await em.execute<{ marks: string | null }[]>(`select tags ->> ? as marks from logged_model where id = ? for update`, [
    tag,
    id,
  ]);
  if (!row) return;
  const marks = [...readMarks(row.marks), { name: model, version }];
  const text = `[${marks.map((mark) => `{"name": ${JSON.stringify(mark.name)}, "version": ${JSON.stringify(mark.version)}}`).join(', ')}]`;
  await em.execute(`update logged_model set tags = tags || jsonb_build_object(?::text, ?::text) where id = ?`, [tag, text, id]);
}

function readMarks(text: string | null): z.infer<typeof Marks> {
  if (text === null) return [];
  try {
    return Marks.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
