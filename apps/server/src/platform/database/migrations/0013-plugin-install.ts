import type { Migration } from '../migration.js';

export const pluginInstall: Migration = {
  name: '0013-plugin-install',
  statements: [
    // The bytes of a package: its tarball and lock stand in the object storage, so that every process can lay them out.
    `create table plugin_package (
      sha512 text primary key,
      name text not null,
      version text not null,
      plugin_id text not null,
      size_bytes bigint not null,
      tarball_key text not null,
      lock_key text not null,
      readme text,
      created_at timestamptz not null default now()
    )`,
    `create table plugin_install (
      id text primary key,
      state text not null check (state in ('fetching', 'staged', 'failed', 'installed', 'discarded')),
      source jsonb not null,
      created_at timestamptz not null default now(),
      created_by text,
      expires_at timestamptz not null,
      plugin_id text,
      sha512 text,
      facts jsonb,
      problems jsonb not null default '[]',
      log jsonb not null default '[]'
    )`,
    `create index plugin_install_open on plugin_install (expires_at) where state in ('fetching', 'staged')`,
    `alter table plugin
      add column installed boolean not null default false,
      add column isolation text not null default 'in_process' check (isolation in ('in_process', 'isolated')),
      add column isolation_chosen boolean not null default false,
      add column package_sha512 text references plugin_package (sha512),
      add column installed_at timestamptz,
      add column former_sha512 text references plugin_package (sha512),
      add column former_source jsonb,
      add column probation_until timestamptz,
      add column setback jsonb`,
    `alter table plugin_process
      add column role text not null default '',
      add column state text,
      add column code text,
      add column message text`,
    // History outlives its plugin.
    `create table plugin_event (
      id bigint generated always as identity primary key,
      plugin_id text not null,
      at timestamptz not null default clock_timestamp(),
      type text not null,
      from_state text,
      state text,
      code text,
      message text,
      version text,
      actor text
    )`,
    `create index plugin_event_plugin on plugin_event (plugin_id, id desc)`,
    // Calls of one process in one minute. \`buckets\` counts durations on a logarithmic scale, so that processes add up.
    `create table plugin_minute (
      plugin_id text not null,
      minute timestamptz not null,
      process_id text not null,
      calls int not null,
      errors int not null,
      buckets jsonb not null,
      primary key (plugin_id, minute, process_id)
    )`,
    `create index plugin_minute_age on plugin_minute (minute)`,
    `create table plugin_log (
      id bigint generated always as identity primary key,
      plugin_id text not null,
      at timestamptz not null,
      level text not null check (level in ('debug', 'info', 'warn', 'error')),
      message text not null,
      process_id text not null
    )`,
    `create index plugin_log_plugin on plugin_log (plugin_id, id desc)`,
  ],
};
