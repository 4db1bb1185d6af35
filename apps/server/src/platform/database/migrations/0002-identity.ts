import type { Migration } from '../migration.js';

/** Users, sessions, sign-in links, API keys and the audit trail. */
export const migration0002: Migration = {
  name: '0002-identity',
  statements: [
    `create table user_account (
      id text primary key,
      username text not null,
      password_hash text not null,
      role text not null check (role in ('admin', 'editor', 'viewer')),
      disabled boolean not null default false,
      auth_epoch integer not null default 0,
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      last_seen_at timestamptz,
      revision integer not null default 1
    )`,
    `create unique index user_account_username on user_account (lower(username))`,
    `create table user_session (
      id_hash text primary key,
      user_id text not null references user_account (id) on delete cascade,
      auth_epoch integer not null,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      expires_at timestamptz not null,
      ends_at timestamptz not null,
      address text not null
    )`,
    `create index user_session_user on user_session (user_id)`,
    `create index user_session_expiry on user_session (expires_at)`,
    `create table sign_in_link (
      token_hash text primary key,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz
    )`,
    `create table api_key (
      id text primary key,
      public_id text not null unique,
      name text not null,
      kind text not null check (kind in ('personal', 'service')),
      user_id text references user_account (id) on delete cascade,
      secret_hash bytea not null,
      previous_secret_hash bytea,
      previous_until timestamptz,
      last_four text not null,
      scopes jsonb not null,
      endpoints jsonb,
      networks jsonb,
      requests_per_minute integer,
      predictions_per_minute integer,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision integer not null default 1,
      last_used_at timestamptz,
      last_used_address text,
      last_used_route text,
      check ((kind = 'personal') = (user_id is not null))
    )`,
    `create unique index api_key_name on api_key (name) where revoked_at is null`,
    `create index api_key_user on api_key (user_id)`,
    `create table audit_event (
      seq bigint primary key,
      id text not null unique,
      at timestamptz not null,
      actor_kind text not null,
      actor_id text,
      actor_name text not null,
      action text not null,
      target_kind text not null,
      target_id text,
      target_name text not null,
      outcome text not null check (outcome in ('done', 'refused')),
      request_id text,
      change text,
      previous_hash text not null,
      hash text not null
    )`,
    `create index audit_event_target on audit_event (target_id, seq)`,
    `create function audit_event_is_append_only() returns trigger language plpgsql as $$
      begin
        raise exception 'audit_event is append-only';
      end
    $$`,
    `create trigger audit_event_append_only before update or delete or truncate on audit_event
      for each statement execute function audit_event_is_append_only()`,
  ],
};
