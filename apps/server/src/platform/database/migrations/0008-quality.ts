import type { Migration } from '../migration.js';

export const quality: Migration = {
  name: '0008-quality',
  statements: [
    `create table suite (
      id text primary key,
      name text not null unique,
      dataset_id text not null references dataset (id),
      validator text not null,
      checks jsonb not null,
      tags jsonb not null default '{}',
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null default 1
    )`,
    `create index suite_dataset on suite (dataset_id, id)`,
    `create table validation (
      id text primary key,
      suite_id text not null,
      suite_name text not null,
      dataset_id text not null references dataset (id) on delete cascade,
      version_id text not null,
      version integer not null,
      outcome text not null check (outcome in ('passed', 'warned', 'failed', 'errored')),
      results jsonb not null,
      job_id text,
      created_at timestamptz not null,
      created_by text
    )`,
    `create index validation_dataset on validation (dataset_id, id)`,
    `create index validation_suite on validation (suite_id, id)`,
    `create table validation_failing_rows (
      validation_id text not null references validation (id) on delete cascade,
      check_index integer not null,
      numbers jsonb not null,
      primary key (validation_id, check_index)
    )`,
  ],
};
