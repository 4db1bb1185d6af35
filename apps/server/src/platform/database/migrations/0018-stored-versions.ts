import type { Migration } from '../migration.js';

/** Columns of a version that are written once. Those that admission finds may be filled while they are empty. */
const fixed = [
  'id',
  'model_id',
  'number',
  'metrics',
  'params',
  'importance',
  'model_type',
  'object_key',
  'size_bytes',
  'sha256',
  'run_id',
  'source',
  'source_run',
  'logged_model',
  'location',
  'dataset_version',
  'parity',
  'created_at',
  'created_by',
];
const found = ['task', 'signature', 'signature_hash', 'origin'];

/** Versions that hold no ONNX file, stages of models, and a way back from deleting. */
export const storedVersions: Migration = {
  name: '0018-stored-versions',
  statements: [
    'drop trigger model_version_immutable on model_version',
    `alter table model_version
      alter column task drop not null,
      alter column signature drop not null,
      alter column signature_hash drop not null,
      alter column object_key drop not null,
      alter column sha256 drop not null,
      add column flavors jsonb not null default '[]',
      add column stage text not null default 'None' check (stage in ('None', 'Staging', 'Production', 'Archived')),
      add column source text not null default '',
      add column source_run text not null default '',
      add column run_link text not null default '',
      add column logged_model text,
      add column location text not null default '',
      add column user_name text not null default '',
      add column updated_at timestamptz,
      add column deleted_at timestamptz,
      add column revision integer not null default 1`,
    `update model_version set updated_at = created_at`,
    `alter table model_version alter column updated_at set not null`,
    `create trigger model_version_immutable before update of ${fixed.join(', ')} on model_version
      for each row execute function refuse_registry_change()`,
    `create trigger model_version_found_once before update of ${found.join(', ')} on model_version
      for each row when (old.signature is not null) execute function refuse_registry_change()`,
    `create index model_version_logged on model_version (logged_model) where logged_model is not null`,
    `create index model_version_source_run on model_version (source_run) where source_run <> ''`,
    `create index model_version_created on model_version (created_at desc, id)`,
    `create index model_version_tags on model_version using gin (tags jsonb_path_ops)`,

    `alter table admission drop constraint admission_state_check,
      add constraint admission_state_check check (state in ('pending', 'admitted', 'refused', 'quarantined', 'stored'))`,

    // A name is free again when its model is deleted.
    `alter table model add column deleted_at timestamptz, drop constraint model_name_key`,
    `create unique index model_name on model (name) where deleted_at is null`,

    `create table stage_event (
      id text primary key,
      model_id text not null references model (id),
      version_id text not null,
      version integer not null,
      from_stage text not null,
      to_stage text not null,
      actor text,
      actor_name text not null,
      comment text not null,
      evidence jsonb not null,
      at timestamptz not null
    )`,
    `create index stage_event_by_time on stage_event (model_id, at desc, id desc)`,
    `create trigger stage_event_append_only before update or delete on stage_event for each row execute function refuse_registry_change()`,
  ],
};
