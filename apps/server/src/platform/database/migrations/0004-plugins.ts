import type { Migration } from '../migration.js';

export const plugins: Migration = {
  name: '0004-plugins',
  statements: [
    `create table plugin (
      id text primary key,
      version text not null,
      kinds jsonb not null,
      description text not null,
      source jsonb not null,
      required boolean not null,
      listed boolean not null,
      api_range text not null,
      permissions jsonb not null,
      enabled boolean not null default true,
      state text not null check (state in
        ('discovered', 'incompatible', 'misconfigured', 'active', 'degraded', 'quarantined', 'disabled', 'failed')),
      code text,
      message text,
      since timestamptz not null,
      provides jsonb not null,
      settings_schema jsonb,
      settings jsonb not null default '{}',
      secrets jsonb not null default '{}',
      generation int not null default 1,
      revision int not null default 1
    )`,
    `create table plugin_process (
      plugin_id text not null references plugin (id) on delete cascade,
      process_id text not null,
      generation int not null,
      seen_at timestamptz not null,
      primary key (plugin_id, process_id)
    )`,
    `create table plugin_value (
      plugin_id text not null,
      key text not null,
      value jsonb not null,
      primary key (plugin_id, key)
    )`,
  ],
};
