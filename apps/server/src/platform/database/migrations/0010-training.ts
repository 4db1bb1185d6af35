import type { Migration } from '../migration.js';

export const training: Migration = {
  name: '0010-training',
  statements: [
    `create table trained_model (
      run_id text primary key references run (id) on delete cascade,
      object_key text not null,
      size_bytes bigint not null,
      sha256 text not null,
      model_type text not null,
      signature jsonb not null,
      importance jsonb not null,
      created_at timestamptz not null default now()
    )`,
  ],
};
