import type { Migration } from '../migration.js';

export const platform: Migration = {
  name: '0001-platform',
  statements: [
    `create table idempotency_key (
      principal text not null,
      key text not null,
      digest text not null,
      status integer,
      headers jsonb,
      body jsonb,
      created_at timestamptz not null default now(),
      primary key (principal, key)
    )`,
    `create index idempotency_key_created on idempotency_key (created_at)`,
    // One row: secrets that every process of this installation shares.
    `create table installation (
      single boolean primary key default true check (single),
      cursor_secret text not null
    )`,
    `insert into installation (cursor_secret) select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')`,
  ],
};
