import type { Migration } from '../migration.js';

export const notifications: Migration = {
  name: '0005-notifications',
  statements: [
    `create table channel (
      id text primary key,
      name text not null unique,
      notifier text not null,
      events jsonb not null,
      enabled boolean not null,
      target jsonb not null,
      secrets jsonb not null,
      tags jsonb not null default '{}',
      created_at timestamptz not null,
      created_by text,
      updated_at timestamptz not null,
      revision int not null
    )`,
    `create table delivery (
      id text primary key,
      channel_id text not null references channel (id) on delete cascade,
      event text not null,
      state text not null check (state in ('pending', 'delivered', 'retrying', 'dead')),
      attempts int not null default 0,
      next_attempt_at timestamptz,
      claimed_until timestamptz,
      last_error text,
      message jsonb not null,
      created_at timestamptz not null,
      delivered_at timestamptz
    )`,
    `create index delivery_due on delivery (next_attempt_at) where state in ('pending', 'retrying')`,
    `create index delivery_by_channel on delivery (channel_id, id)`,
  ],
};
