import type { PutSavedView, SavedView, SavedViewList } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../auth/actor.js';
import { Database } from '../database/database.js';
import { newId } from '../database/new-id.js';
import { problem } from '../http/problem.js';

interface ViewRow {
  id: string;
  owner: string;
  owner_name: string;
  page: string;
  name: string;
  query: string;
  shared: boolean;
  updated_at: Date;
}
/** More than anybody can tell apart. */
const mostViews = 100;

/** Saved views of lists: each belongs to who made it, and everybody sees the shared ones. */
@Injectable()
export class ViewsService {
  constructor(private readonly database: Database) {}

  list(actor: Actor, page: string): Promise<SavedViewList> {
    const owner = ownerOf(actor);
    return this.database.read(async (em) => {
      const rows = await em.execute<ViewRow[]>(
        `select * from saved_view where page = ? and (owner = ? or shared) order by owner <> ?, lower(name), id limit 500`,
        [page, owner, owner],
      );
      return { data: rows.map((row) => toView(row, owner)) };
    });
  }

  async create(actor: Actor, body: PutSavedView): Promise<SavedView> {
    const owner = ownerOf(actor);
    return this.database.transaction(async (em) => {
      const [count] = await em.execute<{ views: string }[]>('select count(*) as views from saved_view where owner = ? and page = ?', [
        owner,
        body.page,
      ]);
      if (Number(count?.views) >= mostViews)
        throw problem('validation_failed', { detail: `You have ${mostViews} views of this page; delete one first.` });
      const id = newId('viw');
      const [made] = await em.execute<{ id: string }[]>(
        `insert into saved_view (id, owner, owner_name, page, name, query, shared, updated_at)
         values (?, ?, ?, ?, ?, ?, ?, now()) on conflict (owner, page, name) do nothing returning id`,
        [id, owner, actor.name, body.page, body.name, body.query, body.shared],
      );
      if (!made) throw taken(body.name);
      return this.find(em, owner, id);
    });
  }

  async put(actor: Actor, id: string, body: PutSavedView): Promise<SavedView> {
    const owner = ownerOf(actor);
    return this.database.transaction(async (em) => {
      await this.findOwn(em, owner, id);
      const others = await em.execute<unknown[]>('select from saved_view where owner = ? and page = ? and name = ? and id <> ?', [
        owner,
        body.page,
        body.name,
        id,
      ]);
      if (others.length > 0) throw taken(body.name);
      await em.execute(
        'update saved_view set page = ?, name = ?, query = ?, shared = ?, updated_at = now() where id = ?',
        [body.page, body.name, body.query, body.shared, id],
        'run',
      );
      return this.find(em, owner, id);
    });
  }

  async remove(actor: Actor, id: string): Promise<void> {
    const owner = ownerOf(actor);
    await this.database.transaction(async (em) => {
      await this.findOwn(em, owner, id);
      await em.execute('delete from saved_view where id = ?', [id], 'run');
    });
  }

  private async find(em: EntityManager, owner: string, id: string): Promise<SavedView> {
    const [row] = await em.execute<ViewRow[]>('select * from saved_view where id = ? and (owner = ? or shared)', [id, owner]);
    if (!row) throw problem('not_found', { detail: `There is no view ${id}.` });
    return toView(row, owner);
  }

  private async findOwn(em: EntityManager, owner: string, id: string): Promise<void> {
    const view = await this.find(em, owner, id);
    if (!view.mine) throw problem('missing_scope', { detail: `The view belongs to ${view.ownerName}; save it under a name of your own.` });
  }
}

/** A user's views are the same by session and by none of their keys: a key has views of its own. */
function ownerOf(actor: Actor): string {
  if (actor.id === null) throw problem('missing_scope', { detail: 'Views belong to users and keys.' });
  return actor.id;
}

const taken = (name: string) => problem('name_taken', { detail: `You have a view ${name} of this page already.` });

function toView(row: ViewRow, owner: string): SavedView {
  return {
    id: row.id,
    page: row.page,
    name: row.name,
    query: row.query,
    shared: row.shared,
    mine: row.owner === owner,
    ownerName: row.owner_name,
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
