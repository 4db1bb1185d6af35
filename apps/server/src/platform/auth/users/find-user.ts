import type { EntityManager } from '@mikro-orm/postgresql';
import { UserAccountSchema, type UserAccount } from './user.entity.js';

/** User names differ by more than capitals; the index on lower(username) answers this. */
export async function findByUsername(em: EntityManager, username: string): Promise<UserAccount | null> {
  const rows = await em.execute<{ id: string }[]>('select id from user_account where lower(username) = lower(?)', [username]);
  const id = rows[0]?.id;
  return id === undefined ? null : em.findOne(UserAccountSchema, { id });
}
