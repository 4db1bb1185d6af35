import type { Migration } from '../migration.js';

export const gates: Migration = {
  name: '0016-gates',
  statements: [
    `create table gate (
      id text primary key,
      model_id text not null references model (id),
      name text not null,
      alias text not null,
      validator text not null,
      checks jsonb not null,
      required boolean not null,
      enabled boolean not null,
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null check (revision > 0),
      unique (model_id, name)
    )`,
    // A verdict outlives its gate: what let a version through stays readable.
    `create table judgement (
      id text primary key,
      model_id text not null references model (id),
      version_id text not null references model_version (id),
      version integer not null,
      alias text not null,
      gate_id text not null,
      gate_name text not null,
      gate_revision integer not null,
      validator text not null,
      incumbent_id text references model_version (id),
      incumbent integer,
      verdict text not null check (verdict in ('passed', 'failed', 'errored')),
      findings jsonb not null,
      facts jsonb not null,
      job_id text,
      at timestamptz not null,
      by text
    )`,
    `create index judgement_by_version on judgement (version_id, id)`,
    `create trigger judgement_append_only before update or delete on judgement for each row execute function refuse_registry_change()`,
    `create table caller_shape (
      model_id text not null references model (id),
      caller_id text not null,
      shape text not null,
      day date not null,
      caller_name text not null,
      columns jsonb not null,
      requests bigint not null,
      last_seen timestamptz not null,
      primary key (model_id, caller_id, shape, day)
    )`,
    `create index caller_shape_by_day on caller_shape (day)`,
  ],
};
