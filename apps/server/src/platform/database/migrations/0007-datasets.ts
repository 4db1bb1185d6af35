import type { Migration } from '../migration.js';

export const datasets: Migration = {
  name: '0007-datasets',
  statements: [
    `create table dataset (
      id text primary key,
      name text not null unique,
      description text not null default '',
      tags jsonb not null default '{}',
      last_validation jsonb,
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null default 1
    )`,
    `create table dataset_version (
      id text primary key,
      dataset_id text not null references dataset (id) on delete cascade,
      number integer not null check (number > 0),
      rows bigint not null,
      columns jsonb not null,
      object_key text not null,
      size_bytes bigint not null,
      sha256 text not null,
      source jsonb not null,
      profile jsonb,
      job_id text,
      created_at timestamptz not null,
      created_by text,
      unique (dataset_id, number)
    )`,
    `create table upload (
      id text primary key,
      name text not null,
      file_name text not null,
      size_bytes bigint not null,
      part_size_bytes bigint not null,
      sha256 text,
      read_options jsonb not null default '{}',
      state text not null check (state in ('open', 'complete', 'expired')),
      object_key text,
      created_at timestamptz not null,
      created_by text,
      expires_at timestamptz not null
    )`,
    `create index upload_expiry on upload (expires_at)`,
    `create table upload_part (
      upload_id text not null references upload (id) on delete cascade,
      number integer not null check (number > 0),
      object_key text not null,
      size_bytes bigint not null,
      primary key (upload_id, number)
    )`,
  ],
};
