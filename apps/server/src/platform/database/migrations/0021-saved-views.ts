import type { Migration } from '../migration.js';

/** Named states of a list's address, by user. */
export const savedViews: Migration = {
  name: '0021-saved-views',
  statements: [
    `create table saved_view (
      id text primary key,
      owner text not null,
      owner_name text not null,
      page text not null,
      name text not null,
      query text not null,
      shared boolean not null,
      updated_at timestamptz not null,
      unique (owner, page, name)
    )`,
    `create index saved_view_page on saved_view (page)`,
  ],
};
