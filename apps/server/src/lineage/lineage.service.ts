import type { LineageGraph, LineageNode, LineageQuery } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import { problem } from '../platform/http/problem.js';

/** More nodes than this are cut off, and the answer says so. */
const maxNodes = 300;

interface NodeRow {
  id: string;
  kind: LineageNode['kind'];
  name: string;
}
interface EdgeRow {
  from_id: string;
  to_id: string;
  label: string;
}

/** What came from what. Rooms write edges in the transaction of the thing that they describe. */
@Injectable()
export class LineageService {
  constructor(private readonly database: Database) {}

  /** Notes that `to` was made from, or depends on, `from`. Repeating it changes nothing but the names. */
  async link(em: EntityManager, from: LineageNode, to: LineageNode, label: string): Promise<void> {
    for (const node of [from, to]) {
      await em.execute(
        'insert into lineage_node (id, kind, name) values (?, ?, ?) on conflict (id) do update set name = excluded.name',
        [node.id, node.kind, node.name],
        'run',
      );
    }
    await em.execute(
      'insert into lineage_edge (from_id, to_id, label) values (?, ?, ?) on conflict do nothing',
      [from.id, to.id, label],
      'run',
    );
  }

  /** Forgets the edges that point at a node, such as those of an endpoint whose traffic changed. */
  async unlinkSources(em: EntityManager, to: string): Promise<void> {
    await em.execute('delete from lineage_edge where to_id = ?', [to], 'run');
  }

  async graph(query: LineageQuery): Promise<LineageGraph> {
    return this.database.read(async (em) => {
      const start = await em.execute<NodeRow[]>('select id, kind, name from lineage_node where id = ?', [query.node]);
      if (start.length === 0)
        throw problem('not_found', {
          detail: `Nothing is known of ${query.node}. Give the id of a data set version, run, model version or endpoint.`,
        });
      const edges = new Map<string, EdgeRow>();
      if (query.direction !== 'up') await this.walk(em, query, 'down', edges);
      if (query.direction !== 'down') await this.walk(em, query, 'up', edges);
      const ids = new Set([query.node]);
      let truncated = false;
      for (const edge of edges.values()) {
        for (const id of [edge.from_id, edge.to_id]) {
          if (ids.size < maxNodes) ids.add(id);
          else truncated ||= !ids.has(id);
        }
      }
      const nodes = await em.execute<NodeRow[]>(
        'select id, kind, name from lineage_node where id = any(array[?]::text[]) order by created_at, id',
        [[...ids]],
      );
      return {
        nodes,
        edges: [...edges.values()]
          .filter((edge) => ids.has(edge.from_id) && ids.has(edge.to_id))
          .map((edge) => ({ from: edge.from_id, to: edge.to_id, label: edge.label })),
        truncated,
      };
    });
  }

  private async walk(em: EntityManager, query: LineageQuery, direction: 'up' | 'down', found: Map<string, EdgeRow>): Promise<void> {
    const [near, far] = direction === 'down' ? ['from_id', 'to_id'] : ['to_id', 'from_id'];
    const rows = await em.execute<EdgeRow[]>(
      `with recursive walk (from_id, to_id, label, depth) as (
         select from_id, to_id, label, 1 from lineage_edge where ${near} = ?
         union
         select edge.from_id, edge.to_id, edge.label, walk.depth + 1
         from walk join lineage_edge edge on edge.${near} = walk.${far}
         where walk.depth < ?
       )
       select distinct from_id, to_id, label from walk limit ?`,
      [query.node, query.depth, maxNodes * 4],
    );
    for (const row of rows) found.set(`${row.from_id}|${row.to_id}|${row.label}`, row);
  }
}
