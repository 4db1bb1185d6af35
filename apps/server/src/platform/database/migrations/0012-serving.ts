import type { Migration } from '../migration.js';

export const serving: Migration = {
  name: '0012-serving',
  statements: [
    `create table endpoint (
      id text primary key,
      name text not null unique,
      description text not null,
      variants jsonb not null,
      tags jsonb not null,
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null
    )`,
    `create table endpoint_minute (
      endpoint_id text not null references endpoint (id) on delete cascade,
      variant text not null,
      minute timestamptz not null,
      requests integer not null,
      rows integer not null,
      errors integer not null,
      latencies integer[] not null,
      primary key (endpoint_id, minute, variant)
    )`,
  ],
};
