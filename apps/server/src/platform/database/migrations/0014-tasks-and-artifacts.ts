import type { Migration } from '../migration.js';

export const tasksAndArtifacts: Migration = {
  name: '0014-tasks-and-artifacts',
  statements: [
    // The rows stand as they are: the new check takes all that the old one took.
    'alter table model_version drop constraint model_version_task_check',
    `alter table model_version add constraint model_version_task_check
       check (task in ('regression', 'binary', 'multiclass', 'anomaly', 'clustering')) not valid`,
    'alter table model_version validate constraint model_version_task_check',
    `alter table model_version add column origin text not null default ''`,
    'alter table model_version add column parity jsonb',
    `create table plugin_artifact (
      plugin_id text not null,
      name text not null,
      object_key text not null,
      size_bytes bigint not null,
      created_at timestamptz not null default now(),
      primary key (plugin_id, name)
    )`,
  ],
};
