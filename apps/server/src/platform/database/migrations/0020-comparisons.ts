import type { Migration } from '../migration.js';

export const comparisons: Migration = {
  name: '0020-comparisons',
  statements: [
    // What was compared stays readable when its models are gone, so nothing here refers to them.
    `create table comparison (
      id text primary key,
      state text not null check (state in ('running', 'finished', 'failed')),
      job_id text,
      model_ids text[] not null,
      candidates jsonb not null,
      request jsonb not null,
      result jsonb,
      error text,
      created_at timestamptz not null,
      created_by text
    )`,
    `create index comparison_by_model on comparison using gin (model_ids)`,
  ],
};
