import type { Migration } from '../migration.js';

/** What removing for good looks for. */
export const removal: Migration = {
  name: '0022-removal',
  statements: [
    `create index artifact_file_object on artifact_file (object_key)`,
    `create index run_deleted on run (deleted_at) where lifecycle = 'deleted'`,
    `create index logged_model_deleted on logged_model (deleted_at) where lifecycle = 'deleted'`,
    // The row stays as history; without its files a version cannot come back.
    `alter table model_version add column files_removed_at timestamptz`,
    `create index model_version_deleted on model_version (deleted_at) where deleted_at is not null and files_removed_at is null`,
    `create index model_version_object on model_version (object_key)`,
    `create index trained_model_object on trained_model (object_key)`,
  ],
};
