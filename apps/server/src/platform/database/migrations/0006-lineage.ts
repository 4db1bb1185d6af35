import type { Migration } from '../migration.js';

export const lineage: Migration = {
  name: '0006-lineage',
  statements: [
    `create table lineage_node (
      id text primary key,
      kind text not null,
      name text not null,
      created_at timestamptz not null default now()
    )`,
    `create table lineage_edge (
      from_id text not null references lineage_node (id) on delete cascade,
      to_id text not null references lineage_node (id) on delete cascade,
      label text not null,
      created_at timestamptz not null default now(),
      primary key (from_id, to_id, label)
    )`,
    `create index lineage_edge_to on lineage_edge (to_id)`,
  ],
};
