import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';

export interface Person {
  /** `usr_…`, or the id of a key that nobody stands behind. */
  readonly id: string;
  readonly name: string;
}
interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly user_id: string | null;
  readonly created_by: string | null;
}

/** A key may be made with a key; so many steps back are followed. */
const mostSteps = 8;

/** Who stands behind users and keys, for rules that count people. */
@Injectable()
export class People {
  /** The person behind an actor's id: of a personal key its owner, of a service key whoever made it. Null for the system. */
  async behind(em: EntityManager, actorId: string | null): Promise<Person | null> {
    let id = actorId;
    let key: KeyRow | null = null;
    for (let step = 0; step < mostSteps && id !== null; step++) {
      if (!id.startsWith('key_')) return this.user(em, id);
      const [found] = await em.execute<KeyRow[]>('select id, name, user_id, created_by from api_key where id = ?', [id]);
      if (!found) break;
      key = found;
      id = found.user_id ?? found.created_by;
    }
    return key ? { id: key.id, name: key.name } : null;
  }

  /** The ids under which an actor acts itself: its own, and of a personal key that of its owner. */
  async selves(em: EntityManager, actorId: string | null): Promise<ReadonlySet<string>> {
    if (actorId === null) return new Set();
    if (!actorId.startsWith('key_')) return new Set([actorId]);
    const [key] = await em.execute<KeyRow[]>('select id, name, user_id, created_by from api_key where id = ?', [actorId]);
    return new Set(key?.user_id ? [actorId, key.user_id] : [actorId]);
  }

  /** Users by id or by name; capitals do not tell names apart. */
  async named(em: EntityManager, idsOrNames: readonly string[]): Promise<Map<string, Person>> {
    if (idsOrNames.length === 0) return new Map();
    const rows = await em.execute<{ id: string; username: string }[]>(
      'select id, username from user_account where id = any(array[?]::text[]) or lower(username) = any(array[?]::text[])',
      [[...idsOrNames], idsOrNames.map((name) => name.toLowerCase())],
    );
    return new Map(
      idsOrNames.flatMap((asked) => {
        const row = rows.find(({ id, username }) => id === asked || username.toLowerCase() === asked.toLowerCase());
        return row ? [[asked, { id: row.id, name: row.username }] as const] : [];
      }),
    );
  }

  private async user(em: EntityManager, id: string): Promise<Person> {
    const [row] = await em.execute<{ username: string }[]>('select username from user_account where id = ?', [id]);
    return { id, name: row?.username ?? id };
  }
}
