import type { Migration } from '../migration.js';

/** What moves of aliases ask for, who said what about them, and a history with signed evidence. */
export const policies: Migration = {
  name: '0019-policies',
  statements: [
    // `under_revision`: the move that a way back from this one leads to. 0: there is none; null: written before anybody noted it.
    `alter table alias_event
      add column kind text not null default 'moved' check (kind in ('moved', 'removed', 'demoted')),
      add column under_revision integer`,
    `create index alias_event_by_time on alias_event (model_id, at desc, id desc)`,
    // A policy that was taken away stays as a row, so that its revisions go on counting.
    `create table alias_policy (
      model_id text not null references model (id) on delete cascade,
      alias text not null,
      approvals integer not null check (approvals between 0 and 10),
      approvers jsonb not null,
      self_approval boolean not null,
      cool_down_minutes integer not null check (cool_down_minutes >= 0),
      auto_promote boolean not null,
      guardrail jsonb,
      removed boolean not null,
      updated_at timestamptz not null,
      updated_by text,
      revision integer not null check (revision > 0),
      primary key (model_id, alias)
    )`,
    // What people said outlives the version that they said it of.
    `create table approval (
      id text primary key,
      model_id text not null,
      version_id text not null,
      version integer not null,
      alias text not null,
      alias_revision integer not null,
      incumbent integer,
      decision text not null check (decision in ('approved', 'rejected', 'withdrawn')),
      comment text not null,
      by text,
      person text not null,
      by_name text not null,
      at timestamptz not null
    )`,
    `create index approval_by_version on approval (version_id, alias, id)`,
    `create index approval_by_time on approval (model_id, at desc, id desc)`,
    // Everything that happened to a model and is no move of an alias or a stage, and nobody's word.
    `create table registry_event (
      id text primary key,
      model_id text not null,
      kind text not null,
      alias text,
      version integer,
      from_value text,
      to_value text,
      actor text,
      actor_name text not null,
      comment text not null,
      evidence jsonb not null,
      at timestamptz not null
    )`,
    `create index registry_event_by_time on registry_event (model_id, at desc, id desc)`,
    // Hexadecimal digits are digits of our ids too.
    `insert into registry_event (id, model_id, kind, alias, version, from_value, to_value, actor, actor_name, comment, evidence, at)
     select 'evt_0' || substr(md5(id || 'created'), 1, 25), model_id, 'version_created', null, number, null, null,
       created_by, coalesce(created_by, 'system'), '', '{}', created_at from model_version`,
    `insert into registry_event (id, model_id, kind, alias, version, from_value, to_value, actor, actor_name, comment, evidence, at)
     select 'evt_0' || substr(md5(v.id || a.state), 1, 25), v.model_id, case a.state when 'refused' then 'version_refused' else 'version_admitted' end,
       null, v.number, null, null, null, 'system', '', '{}', a.finished_at
     from admission a join model_version v on v.id = a.version_id where a.finished_at is not null`,
    `create table evidence_key (
      id text primary key,
      public_pem text not null,
      sealed jsonb not null,
      created_at timestamptz not null
    )`,
    // Signed in the transaction of the move: whatever is changed in the tables afterwards does not fit it any more.
    `create table evidence_bundle (
      event_id text primary key references alias_event (id),
      statement text not null,
      sha256 text not null,
      key_id text not null references evidence_key (id),
      signature text not null
    )`,
    `create table model_card (
      version_id text primary key references model_version (id) on delete cascade,
      model_id text not null,
      version integer not null,
      owner text not null,
      licence text not null,
      sections jsonb not null,
      updated_at timestamptz not null,
      updated_by text,
      revision integer not null check (revision > 0)
    )`,
    `create index model_card_by_model on model_card (model_id, version)`,
    ...['approval', 'registry_event', 'evidence_key', 'evidence_bundle'].map(
      (table) =>
        `create trigger ${table}_append_only before update or delete on ${table} for each row execute function refuse_registry_change()`,
    ),
  ],
};
