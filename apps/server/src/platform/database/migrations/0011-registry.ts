import type { Migration } from '../migration.js';

export const registry: Migration = {
  name: '0011-registry',
  statements: [
    `create table model (
      id text primary key,
      name text not null unique,
      description text not null,
      tags jsonb not null,
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null
    )`,
    `create table model_version (
      id text primary key,
      model_id text not null references model (id),
      number integer not null check (number > 0),
      description text not null,
      task text not null check (task in ('regression', 'binary', 'multiclass')),
      signature jsonb not null,
      signature_hash text not null,
      metrics jsonb not null,
      params jsonb not null,
      model_type text not null,
      importance jsonb not null,
      object_key text not null,
      size_bytes bigint not null,
      sha256 text not null,
      run_id text,
      dataset_version jsonb,
      tags jsonb not null,
      created_at timestamptz not null,
      created_by text,
      unique (model_id, number)
    )`,
    `create index model_version_run on model_version (run_id)`,
    `create table admission (
      version_id text primary key references model_version (id),
      state text not null check (state in ('pending', 'admitted', 'refused', 'quarantined')),
      lane text check (lane in ('inline', 'isolated')),
      report jsonb not null,
      binding jsonb,
      serving_key text,
      serving_sha256 text,
      chunk_rows integer,
      alias_when_admitted text,
      job_id text,
      finished_at timestamptz,
      revision integer not null
    )`,
    `create table alias (
      model_id text not null references model (id),
      alias text not null,
      version_id text not null references model_version (id),
      number integer not null,
      moved_at timestamptz not null,
      moved_by text,
      revision integer not null,
      primary key (model_id, alias)
    )`,
    `create table alias_event (
      id text primary key,
      model_id text not null references model (id),
      alias text not null,
      revision integer not null,
      from_version integer,
      to_version integer,
      actor text,
      actor_name text not null,
      comment text not null,
      evidence jsonb not null,
      at timestamptz not null,
      unique (model_id, alias, revision)
    )`,
    `create function refuse_registry_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end $$`,
    `create trigger model_version_immutable before update on model_version for each row execute function refuse_registry_change()`,
    `create trigger alias_event_append_only before update or delete on alias_event for each row execute function refuse_registry_change()`,
  ],
};
