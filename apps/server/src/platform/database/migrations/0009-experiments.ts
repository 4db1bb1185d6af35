import type { Migration } from '../migration.js';

export const experiments: Migration = {
  name: '0009-experiments',
  statements: [
    `create table experiment (
      id text primary key,
      name text not null unique,
      tags jsonb not null default '{}',
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null
    )`,
    `create table run (
      id text primary key,
      experiment_id text not null references experiment (id),
      name text not null,
      state text not null check (state in ('running', 'succeeded', 'failed', 'cancelled')),
      source text not null check (source in ('training', 'client', 'trial')),
      job_id text,
      dataset_version jsonb,
      model_version jsonb,
      params jsonb not null default '{}',
      evaluation jsonb,
      tags jsonb not null default '{}',
      started_at timestamptz not null,
      finished_at timestamptz,
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null
    )`,
    `create index run_experiment on run (experiment_id, id)`,
    `create index run_dataset on run ((dataset_version ->> 'dataset'))`,
    // The time is milliseconds since 1970. A point's identity is all of its columns, so a repeated batch adds nothing.
    `create table metric_point (
      run_id text not null references run (id) on delete cascade,
      name text not null,
      step bigint not null,
      at bigint not null,
      value double precision not null
    )`,
    `create unique index metric_point_identity on metric_point (run_id, name, step, at, value)`,
    `create table metric_summary (
      run_id text not null references run (id) on delete cascade,
      name text not null,
      last double precision not null,
      last_step bigint not null,
      last_at bigint not null,
      min double precision not null,
      max double precision not null,
      count bigint not null,
      primary key (run_id, name)
    )`,
  ],
};
